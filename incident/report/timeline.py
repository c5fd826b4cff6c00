"""The log as a timeline: one sentence a person can read for every entry, in the reader's language. Pure.

Pages, command line, API and report all tell the log with ``lines``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_sentences import SENTENCES
from incident.domain.events_playbook import PlanAmended
from incident.domain.plan import Plan
from incident.domain.words import Text
from incident.i18n import Translate, translator
from incident.report import words
from incident.report.names import Names
from incident.report.timeline_playbook import DESCRIBE_PLAYBOOK
from incident.report.words import channel_text, msg, reason_text

LATE_AFTER = timedelta(minutes=2)
"""An entry recorded so long after it happened is shown as entered late."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline.

    ``actor`` is a display name and ``actor_id`` what the log holds; ``kind`` is one of ``KINDS`` (for an icon or a
    filter); ``late`` tells that it was recorded clearly later than it happened.
    """

    seq: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    actor_id: str
    kind: str
    text: str
    late: bool


KINDS = (
    "incident", "signal", "level", "plan", "people", "task", "overdue", "call", "page", "delivery", "failure", "note",
    "decision", "milestone", "action", "condition",
)  # fmt: skip


@dataclass(slots=True)
class Context:
    """What sentences need to know from earlier entries: the plan's titles and the pages' channels."""

    t: Translate
    language: str
    names: Names
    plan: Plan | None = None
    pages: dict[str, str] = field(default_factory=dict)
    titles: dict[str, Text] = field(default_factory=dict)

    def person(self, person_id: str) -> str:
        """A person's name in the reader's language."""
        return self.names.person(person_id).in_(self.language)

    def people(self, person_ids: Iterable[str]) -> str:
        """Several people's names."""
        return self.t(msg(", ")).join(self.person(p) for p in dict.fromkeys(person_ids))

    def position(self, position_id: str) -> str:
        """A position's title in the reader's language."""
        return self.names.position(position_id).in_(self.language)

    def task(self, task_id: str) -> str:
        """A task's title; its id while no plan is known."""
        task = self.plan.task(task_id) if self.plan else None
        return task.title.in_(self.language) if task else task_id

    def choice(self, task_id: str, choice: str) -> str:
        """What a decision came to: the option's title, else the answer as it was given."""
        task = self.plan.task(task_id) if self.plan else None
        option = next((o for o in task.options if o.id == choice), None) if task else None
        return option.title.in_(self.language) if option else self.t(choice)

    def item(self, item_id: str) -> str:
        """What a thing of the store is called."""
        return self.names.item(item_id).in_(self.language)

    def called(self, name: str) -> str:
        """The title of a clock, question, line or taking (``clock:ID``) that an earlier entry told; else its id."""
        return self.titles[name].in_(self.language) if name in self.titles else name.partition(":")[2]

    def learn(self, event: e.DomainEvent) -> None:
        """Keep the titles that an entry tells."""
        started = event.plan.clocks if isinstance(event, x.CrisisPlanned) else ()
        for terms in (event.terms,) if isinstance(event, x.ClockStarted) else started:
            self.titles[f"clock:{terms.id}"] = terms.title
            self.titles |= {f"question:{question.id}": question.ask for question in terms.questions}
        if isinstance(event, x.CrisisPlanned):
            self.titles |= {f"line:{line.id}": line.audience for line in event.plan.comms.lines}
        elif isinstance(event, x.MaterialTaken):
            self.titles[f"taking:{event.taking_id}"] = self.names.item(event.item)

    def when(self, at: datetime | None) -> str:
        """An instant on the wall clock of the plan, which is the centre's."""
        zone = ZoneInfo(self.plan.timezone) if self.plan else UTC
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}{'' if self.plan else ' UTC'}" if at else "—"

    def say(self, sentence: str, /, **values: object) -> str:
        """An English sentence in the reader's language, with its gaps filled."""
        return self.t(sentence).format(**values)


def lines(entries: Iterable[e.Entry], names: Names, language: str) -> list[Line]:
    """The entries of one incident's log, from its first one, as sentences in ``language`` (``zh-CN`` or ``en``)."""
    context = Context(translator(language), language, names)
    found = []
    for entry in entries:
        context.learn(entry.event)
        if isinstance(entry.event, e.PlaybookActivated):
            context.plan = entry.event.plan
        elif isinstance(entry.event, PlanAmended) and context.plan is not None:
            kept = tuple(task for task in context.plan.tasks if task.id != entry.event.task.id)
            context.plan = replace(context.plan, tasks=(*kept, entry.event.task))
        elif isinstance(entry.event, e.PageRequested):
            context.pages[entry.event.page_id] = entry.event.person
        kind, describe = DESCRIBE[type(entry.event)]
        if isinstance(entry.event, e.NoteAdded) and entry.event.kind == "decision":
            kind = "decision"
        found.append(Line(
            entry.seq, entry.occurred_at, entry.recorded_at, names.actor(entry.actor).in_(language), entry.actor,
            kind, describe(entry.event, context), entry.recorded_at - entry.occurred_at >= LATE_AFTER,
        ))  # fmt: skip
    return found


def _opened(ev: e.IncidentOpened, c: Context) -> str:
    return c.say(
        msg("Incident opened: {title} — {scenario}, {level}; impact {impact}, urgency {urgency}"),
        title=ev.title.in_(c.language), scenario=c.t(words.SCENARIOS[ev.scenario]), level=c.t(words.LEVELS[ev.level]),
        impact=c.t(words.DEGREES[ev.impact]), urgency=c.t(words.DEGREES[ev.urgency]),
    )  # fmt: skip


def _joined(ev: e.SignalsJoined, c: Context) -> str:
    text = c.say(msg("{count} signal(s) joined: {title} ({why})"), count=len(ev.signal_ids),
                 title=ev.title.in_(c.language), why=reason_text(ev.why, c.t))  # fmt: skip
    if ev.evidence.seen and ev.evidence.expected:
        text += c.say(msg("; seen {seen}, expected {expected}"), seen=ev.evidence.seen, expected=ev.evidence.expected)
    return text


def _cleared(ev: e.SignalsCleared, c: Context) -> str:
    return c.say(msg("{count} signal(s) gone: {why}"), count=len(ev.signal_ids), why=reason_text(ev.why, c.t))


def _suppressed(ev: e.SignalsSuppressed, c: Context) -> str:
    text = c.say(msg("{count} signal(s) held back: {title} ({why})"), count=len(ev.signal_ids),
                 title=ev.title.in_(c.language), why=reason_text(ev.reason, c.t))  # fmt: skip
    return c.say(msg("{text}: {detail}"), text=text, detail=ev.detail) if ev.detail else text


def _split(ev: e.SignalsSplit, c: Context) -> str:
    return c.say(msg("{count} signal(s) split out into {other}: {why}"), count=len(ev.signal_ids), other=ev.other,
                 why=ev.reason)  # fmt: skip


def _level(ev: e.LevelChanged, c: Context) -> str:
    pattern = msg("Level raised from {old} to {new}: {why}")
    if ev.new == ev.old:
        pattern = msg("Level confirmed as {new}: {why}")
    elif ev.new > ev.old:
        pattern = msg("Level lowered from {old} to {new}: {why}")
    return c.say(pattern, old=c.t(words.LEVELS[ev.old]), new=c.t(words.LEVELS[ev.new]), why=reason_text(ev.reason, c.t))


def _activated(ev: e.PlaybookActivated, c: Context) -> str:
    empty = [c.position(seat.position) for seat in ev.seats if seat.person is None]
    text = c.say(msg("Playbook activated: {title}, version {version}, {tasks} tasks"),
                 title=ev.plan.title.in_(c.language), version=ev.plan.version, tasks=len(ev.plan.tasks))  # fmt: skip
    return c.say(msg("{text}; seats with nobody on duty: {seats}"), text=text,
                 seats=c.t(msg(", ")).join(dict.fromkeys(empty))) if empty else text  # fmt: skip


def _convened(ev: e.GroupConvened, c: Context) -> str:
    return c.say(msg("{group} convened: {why}"), group=c.t(words.GROUPS[ev.group]), why=reason_text(ev.reason, c.t))


def _assumed(ev: e.PositionAssumed, c: Context) -> str:
    pattern = msg("{person} leads the {group} as {position}")
    if ev.acting:
        pattern = msg("{person} leads the {group} as acting {position}")
    group, position = c.t(words.GROUPS[ev.group]), c.position(ev.position)
    return c.say(pattern, person=c.person(ev.person), group=group, position=position)


def _task_done(ev: e.TaskDone, c: Context) -> str:
    pattern = msg("Task done (simulated): {task}") if ev.simulated else msg("Task done: {task}")
    text = c.say(pattern, task=c.task(ev.task_id))
    if ev.choice:
        text = c.say(msg("{text}, decided: {choice}"), text=text, choice=c.choice(ev.task_id, ev.choice))
    if ev.proofs:
        text = c.say(msg("{text} (evidence: {proofs})"), text=text, proofs=c.t(msg(", ")).join(ev.proofs))
    return _with_note(text, ev.note, c)


def _overdue(ev: e.TaskOverdue, c: Context) -> str:
    return c.say(msg("Task overdue, reminder {step}: {task}"), step=ev.step, task=c.task(ev.task_id))


def _call_opened(ev: e.CallOpened, c: Context) -> str:
    asked = c.t(msg(", ")).join(c.position(p) for step in ev.steps[:1] for p in step.positions)
    why = reason_text(ev.reason, c.t)
    if ev.task_id:
        why = c.say(msg("{text}: {detail}"), text=why, detail=c.task(ev.task_id))
    return c.say(msg("Call opened ({why}); asked first: {asked}"), why=why, asked=asked or c.t(msg("nobody")))


def _call_stepped(ev: e.CallStepped, c: Context) -> str:
    return c.say(msg("Call tries rung {step}, attempt {attempt}: {why}"), step=ev.step + 1, attempt=ev.attempt + 1,
                 why=reason_text(ev.reason, c.t))  # fmt: skip


def _page_failed(ev: e.PageFailed, c: Context) -> str:
    text = c.say(msg("Page to {person} by {via} failed: {why}"), person=c.person(ev.person),
                 via=channel_text(ev.via, c.t), why=reason_text(ev.reason, c.t))  # fmt: skip
    if ev.next_via:
        return c.say(msg("{text}; next by {via}"), text=text, via=channel_text(ev.next_via, c.t))
    return text if ev.permanent else c.say(msg("{text}; will be tried again"), text=text)


def _cancelled(ev: e.PagesCancelled, c: Context) -> str:
    people = c.people(c.pages[p] for p in ev.page_ids if p in c.pages)
    return c.say(msg("Pages withdrawn ({why}): {people}"), why=reason_text(ev.reason, c.t),
                 people=people or len(ev.page_ids))  # fmt: skip


def _linked(ev: e.IncidentLinked, c: Context) -> str:
    text = c.say(msg("Linked: this incident is {relation} {other}"), other=ev.other,
                 relation=c.t(words.RELATIONS.get(ev.relation, ev.relation)))  # fmt: skip
    return c.say(msg("{text} ({detail})"), text=text, detail=reason_text(ev.reason, c.t)) if ev.reason else text


def _audience(ev: e.AudienceChanged, c: Context) -> str:
    pattern = msg("{person} may now see this incident: {why}")
    if not ev.added:
        pattern = msg("{person} may no longer see this incident: {why}")
    return c.say(pattern, person=c.person(ev.person), why=reason_text(ev.reason, c.t))


def _note(ev: e.NoteAdded, c: Context) -> str:
    return c.say(words.NOTE_KINDS.get(ev.kind, words.NOTE_KINDS["note"]), text=ev.text)


def _resolved(ev: e.IncidentResolved, c: Context) -> str:
    return _with_note(c.t(msg("Service recovered")), ev.cause, c)


def _ended(ev: e.IncidentEnded, c: Context) -> str:
    return _with_note(c.say(msg("Incident signed off by {person}"), person=c.person(ev.by)), ev.statement, c)


def _action_opened(ev: e.ActionOpened, c: Context) -> str:
    owner = c.position(ev.owner) if ev.owner in c.names.positions else c.person(ev.owner)
    return c.say(msg("Improvement agreed: {text} (owner: {owner})"), text=ev.text, owner=owner or c.t(msg("nobody")))


def _action_done(ev: e.ActionDone, c: Context) -> str:
    return _with_note(c.say(msg("Improvement {id} done"), id=ev.action_id), ev.note, c)


def _issued(ev: e.ReportIssued, c: Context) -> str:
    if not ev.recipients:
        return c.say(msg("Report {report} issued"), report=ev.report_id)
    return c.say(msg("Report {report} issued to {people}"), report=ev.report_id, people=c.people(ev.recipients))


def _with_note(text: str, note: str, c: Context) -> str:
    return c.say(msg("{text}: {detail}"), text=text, detail=note) if note else text


def _person(text: str) -> Callable[[Any, Context], str]:
    """A sentence about the event's ``by`` or ``person``, by the channel in ``via``."""

    def describe(ev: Any, c: Context) -> str:
        who = c.person(getattr(ev, "by", "") or getattr(ev, "person", ""))
        return c.say(text, person=who, via=channel_text(getattr(ev, "via", ""), c.t))

    return describe


def _task(text: str) -> Callable[[Any, Context], str]:
    """A sentence about the event's task, with its reason when it has one."""

    def describe(ev: Any, c: Context) -> str:
        return c.say(text, task=c.task(ev.task_id), why=reason_text(getattr(ev, "reason", ""), c.t))

    return describe


def _why(text: str) -> Callable[[Any, Context], str]:
    """A sentence with the event's reason."""
    return lambda ev, c: c.say(text, why=reason_text(ev.reason, c.t))


DESCRIBE: dict[type, tuple[str, Callable[[Any, Context], str]]] = {
    e.IncidentOpened: ("incident", _opened),
    e.SignalsJoined: ("signal", _joined),
    e.SignalsSplit: ("signal", _split),
    e.SignalsCleared: ("signal", _cleared),
    e.SignalsSuppressed: ("signal", _suppressed),
    e.AllSignalsCleared: ("signal", lambda _ev, c: c.t(msg("All signals have cleared"))),
    e.LevelChanged: ("level", _level),
    e.PlaybookActivated: ("plan", _activated),
    e.GroupConvened: ("people", _convened),
    e.PositionAssumed: ("people", _assumed),
    e.PhaseEntered: ("plan", lambda ev, c: c.say(msg("Phase begins: {phase}"), phase=c.t(words.PHASES[ev.phase]))),
    e.TaskStarted: ("task", _task(msg("Task started: {task}"))),
    e.TaskDone: ("task", _task_done),
    e.TaskWaived: ("task", _task(msg("Task waived: {task} — {why}"))),
    e.TaskReopened: ("task", _task(msg("Task reopened: {task} — {why}"))),
    e.TaskOverdue: ("overdue", _overdue),
    e.CallOpened: ("call", _call_opened),
    e.CallStepped: ("call", _call_stepped),
    e.CallHurried: ("call", _why(msg("Call sent on to the next rung: {why}"))),
    e.NobodyOnDuty: (
        "failure",
        lambda ev, c: c.say(msg("Nobody on duty as {position}"), position=c.position(ev.position)),
    ),
    e.CallAnswered: ("call", _person(msg("{person} answered the call by {via}"))),
    e.CallClosed: ("call", _why(msg("Call closed: {why}"))),
    e.PageRequested: (
        "page",
        lambda ev, c: c.say(
            msg("Page to {person} as {position}: {why}"),
            person=c.person(ev.person), position=c.position(ev.position), why=reason_text(ev.reason, c.t),
        ),
    ),
    e.PageDelivered: ("delivery", _person(msg("Page to {person} by {via} delivered"))),
    e.PageFailed: ("failure", _page_failed),
    e.PageUndeliverable: ("failure", _person(msg("Page to {person} could not be delivered by any channel"))),
    e.PagesCancelled: ("delivery", _cancelled),
    e.IncidentAcknowledged: ("milestone", _person(msg("{person} acknowledged the incident by {via}"))),
    e.NoteAdded: ("note", _note),
    e.FactSet: ("note", lambda ev, c: c.say(msg("Fact: {name} = {value}"), name=ev.name, value=ev.value)),
    e.IncidentLinked: ("incident", _linked),
    e.AudienceChanged: ("people", _audience),
    e.IncidentMitigated: ("milestone", lambda ev, c: _with_note(c.t(msg("Harm contained")), ev.note, c)),
    e.IncidentResolved: ("milestone", _resolved),
    e.IncidentEnded: ("milestone", _ended),
    e.IncidentReopened: ("milestone", _why(msg("Incident reopened: {why}"))),
    e.DrillStopped: ("milestone", _why(msg("Drill stopped: {why}"))),
    e.ActionOpened: ("action", _action_opened),
    e.ActionDone: ("action", _action_done),
    e.ReportIssued: ("action", _issued),
    **DESCRIBE_PLAYBOOK,
    **SENTENCES,
}  # fmt: skip
"""Event class → kind of line and the sentence. A test keeps it complete."""
