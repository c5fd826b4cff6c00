"""What the API answers about command: deadlines, messages, orders, meetings, the hand-over card."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from incident.domain.crisis_clocks import NOT_ADVICE, ClockLine
from incident.domain.crisis_parts import Draft, Handover, Meeting, Order
from incident.domain.crisis_views import Card, LineStatus
from incident.domain.words import Text
from incident.report.crisis_words import limits_text
from incident.web.api_models import Answer
from incident.web.api_people_models import StrainAnswer
from incident.web.gate import Reader


class Words(Answer):
    """A text in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, said: Text) -> "Words":
        """The text."""
        return cls(zh=said.zh, en=said.en)


class QuestionAnswer(Answer):
    """A question that helps people decide; ``answer`` is null until somebody has answered."""

    id: str = Field(examples=["graded_major"])
    ask: str
    applies_if: str = Field(description="yes or no")
    answer: str | None = Field(description="yes, no or unknown")
    by: str | None
    at: datetime | None
    reason: str


class DueAnswer(Answer):
    """A due time as it was worked out at ``at``."""

    due_at: datetime
    counted_from: str = Field(description="a fact with a time, or filed:CLOCK", examples=["aware"])
    counted_from_at: datetime
    at: datetime


class FilingAnswer(Answer):
    """A report that was made."""

    at: datetime
    by: str
    receipt: str
    late_reason: str


class ClockAnswer(Answer):
    """One deadline. ``status`` is overdue, due_soon, running, waiting, filed, filed_late or not_required.

    ``due_times`` are all it ever had, the newest last; ``late_after`` is when a report counts as late.
    """

    id: str = Field(examples=["cn-cac-4h"])
    title: str
    jurisdiction: str = Field(examples=["CN"])
    authority: str
    status: str = Field(examples=["running"])
    due_at: datetime | None
    late_after: datetime | None
    decision: str = Field(description="required, not_required or unknown, which keeps ticking")
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    applies: str = Field(description="what the answers hint at: yes, no or unknown; decides nothing")
    waits_for: list[str]
    asks_reason: bool = Field(description="an amended fact made a report late that was in time")
    owner: str
    backup: str
    limit: str = Field(examples=["4 h after: became aware"])
    article: str
    source: str
    confidence: str = Field(description="high, medium or low")
    verified_on: str | None
    questions: list[QuestionAnswer]
    due_times: list[DueAnswer]
    filings: list[FilingAnswer]

    @classmethod
    def of(cls, line: ClockLine, reader: Reader) -> "ClockAnswer":
        """A deadline in the reader's language."""
        clock, terms, language = line.clock, line.clock.terms, reader.language
        return cls(
            id=terms.id, title=terms.title.in_(language), jurisdiction=terms.jurisdiction,
            authority=terms.authority.in_(language), status=line.status, due_at=line.due_at,
            late_after=line.late_after, decision=clock.decision, decided_by=clock.decided_by or None,
            decided_at=clock.decided_at, reason=clock.reason, applies=line.applies, waits_for=list(line.waits_for),
            asks_reason=line.asks_reason, owner=terms.owner, backup=terms.backup,
            limit=limits_text(terms, reader.translate), article=terms.article, source=terms.source,
            confidence=terms.confidence, verified_on=terms.verified_on.isoformat() if terms.verified_on else None,
            questions=[QuestionAnswer(
                id=q.question.id, ask=q.question.ask.in_(language), applies_if=q.question.applies_if,
                answer=q.answer.answer if q.answer else None, by=q.answer.by if q.answer else None,
                at=q.answer.at if q.answer else None, reason=q.answer.reason if q.answer else "",
            ) for q in line.asked],
            due_times=[DueAnswer(due_at=c.due_at, counted_from=c.anchor, counted_from_at=c.anchor_at, at=c.at)
                       for c in clock.changes],
            filings=[FilingAnswer(at=f.at, by=f.by, receipt=f.receipt, late_reason=f.late_reason)
                     for f in clock.filings],
        )  # fmt: skip


class ClocksAnswer(Answer):
    """The clock wall, the most urgent first. Information, not legal advice."""

    advice: str = Field(examples=[NOT_ADVICE.en])
    anchors: dict[str, datetime] = Field(description="facts with a time that deadlines count from")
    clocks: list[ClockAnswer]


class DraftAnswer(Answer):
    """A text on its way out, or out. ``status`` is draft, released, rejected or expired."""

    id: str = Field(examples=["d1"])
    line: str
    stage: str = Field(description="first, update, clear or holding")
    status: str
    text: Words
    by: str
    at: datetime
    approved_by: str
    auto: bool = Field(description="went out by itself, approved beforehand")
    released_at: datetime | None
    expires_at: datetime | None
    note: str

    @classmethod
    def of(cls, draft: Draft) -> "DraftAnswer":
        """A draft."""
        return cls(
            id=draft.id, line=draft.line, stage=draft.stage, status=draft.status, text=Words.of(draft.text),
            by=draft.by, at=draft.at, approved_by=draft.approved_by, auto=draft.auto, released_at=draft.released_at,
            expires_at=draft.expires_at, note=draft.note,
        )  # fmt: skip


class LineAnswer(Answer):
    """Who hears what on which channel. ``due`` is the stage that is due, empty when none is."""

    id: str = Field(examples=["ivr"])
    part: str
    audience: str
    channel: str
    owner: str
    approver: str
    stage: str = Field(description="what was said last")
    released_at: datetime | None
    due: str
    due_at: datetime | None
    overdue: bool
    expired: bool = Field(description="what stands outside is out of date")
    fields: dict[str, list[str]] = Field(description="stage → fields that its text needs")

    @classmethod
    def of(cls, line: LineStatus, language: str) -> "LineAnswer":
        """A line in the reader's language."""
        plan = line.line
        return cls(
            id=plan.id, part=plan.part, audience=plan.audience.in_(language), channel=plan.channel, owner=plan.owner,
            approver=plan.approver, stage=line.stage, released_at=line.released_at, due=line.due, due_at=line.due_at,
            overdue=line.overdue, expired=line.expired,
            fields={stage: list(template.fields) for stage, template in plan.templates.items()},
        )  # fmt: skip


class MessagesAnswer(Answer):
    """Lines of communication and every text written so far."""

    lines: list[LineAnswer]
    drafts: list[DraftAnswer]


class DraftBody(BaseModel):
    """A message to be put before its approver: the fields of its template, once for both languages or one by one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [
            {"line": "ivr", "stage": "first", "fields": {"services": {"zh": "热线", "en": "the hotline"}}},
        ]},
    )  # fmt: skip

    line: str
    stage: Literal["first", "update", "clear"]
    fields: dict[str, str | Words] = Field(default_factory=dict, max_length=50)


class StartClockBody(BaseModel):
    """A clock of the book, and the positions that see to it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"clock": "gdpr-33", "owner": "dpo", "backup": "legal_head"}]}
    )

    clock: str
    owner: str
    backup: str


class OrderAnswer(Answer):
    """An order. ``status`` is given, read_back, confirmed or done."""

    id: str = Field(examples=["o1"])
    text: str
    position: str
    by: str
    at: datetime
    due_at: datetime | None
    status: str
    read_back_by: str
    words: str
    done_at: datetime | None

    @classmethod
    def of(cls, o: Order) -> "OrderAnswer":
        """An order."""
        return cls(id=o.id, text=o.text, position=o.position, by=o.by, at=o.at, due_at=o.due_at, status=o.status,
                   read_back_by=o.read_back_by, words=o.words, done_at=o.done_at)  # fmt: skip


class MeetingAnswer(Answer):
    """A meeting of a group and who came."""

    id: str = Field(examples=["m1"])
    group: str
    place: str
    called_at: datetime
    starts_at: datetime
    quorum: int
    present: list[str]
    excused: list[str]
    quorum_at: datetime | None
    closed_at: datetime | None
    minutes: str

    @classmethod
    def of(cls, m: Meeting) -> "MeetingAnswer":
        """A meeting."""
        return cls(id=m.id, group=m.group.value, place=m.place, called_at=m.called_at, starts_at=m.starts_at,
                   quorum=m.quorum, present=list(m.present), excused=list(m.excused), quorum_at=m.quorum_at,
                   closed_at=m.closed_at, minutes=m.minutes)  # fmt: skip


class HandoverAnswer(Answer):
    """A hand-over; it counts once ``signed_at`` is there."""

    id: str = Field(examples=["h1"])
    group: str
    giver: str
    receiver: str
    at: datetime
    worries: list[str]
    signed_at: datetime | None
    words: str

    @classmethod
    def of(cls, h: Handover) -> "HandoverAnswer":
        """A hand-over."""
        return cls(id=h.id, group=h.group.value, giver=h.giver, receiver=h.receiver, at=h.at,
                   worries=list(h.worries), signed_at=h.signed_at, words=h.words)  # fmt: skip


class SpanAnswer(Answer):
    """How many people answer to a group's leader, and how many one person can lead."""

    group: str
    leader: str
    people: int
    limit: int
    too_wide: bool


class CommandAnswer(Answer):
    """The hand-over card with orders and meetings. ``doubles``: person → critical places they are in at once."""

    objectives: list[str]
    period: int
    until: datetime | None
    leaders: dict[str, str] = Field(description="group → person")
    decisions: list[str] = Field(description="decision tasks that are open")
    orders: list[OrderAnswer]
    meetings: list[MeetingAnswer]
    handovers: list[HandoverAnswer]
    clocks: list[str] = Field(description="deadlines that are open")
    spans: list[SpanAnswer]
    doubles: dict[str, list[str]]
    strain: list[StrainAnswer] = Field(description="people who must rest or be relieved")
    unaccounted: int
    in_need: int
    materials_out: int

    @classmethod
    def of(cls, card: Card, orders: list[Order], meetings: list[Meeting]) -> "CommandAnswer":
        """The card as it stands."""
        return cls(
            objectives=list(card.objectives), period=card.period, until=card.until,
            leaders={group.value: person for group, person in card.leaders.items()}, decisions=list(card.decisions),
            orders=[OrderAnswer.of(o) for o in orders], meetings=[MeetingAnswer.of(m) for m in meetings],
            handovers=[HandoverAnswer.of(h) for h in card.handovers],
            clocks=[line.clock.terms.id for line in card.clocks],
            spans=[SpanAnswer(group=s.group.value, leader=s.leader, people=s.people, limit=s.limit,
                              too_wide=s.too_wide) for s in card.spans],
            doubles={d.person: list(d.places) for d in card.doubles}, strain=[StrainAnswer.of(s) for s in card.strain],
            unaccounted=card.unaccounted, in_need=card.in_need, materials_out=len(card.out),
        )  # fmt: skip
