"""The clock wall: how each legal or contract clock stands. Pure. Information, not legal advice.

Nothing here decides that a report is not needed: only a person's signature stops a clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from incident.domain.crisis_outward import last_moment
from incident.domain.crisis_parts import Answer, Clock
from incident.domain.crisis_plan import Question
from incident.domain.incident import Incident
from incident.domain.words import Text

NOT_ADVICE = Text(
    zh="仅供参考，不构成法律意见；是否报告、何时报告，请由法务或主管确认。",
    en="For information, not legal advice: let counsel or the person in charge confirm what to report and when.",
)
STATUSES = ("overdue", "due_soon", "running", "waiting", "filed_late", "filed", "not_required")
_LATE_ANCHORS = {"handled", "ended"}
_SHORTEST_WARNING, _LONGEST_WARNING = timedelta(minutes=15), timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what is known; None while nobody has answered."""

    question: Question
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock as it stands at ``now``.

    ``due_at`` is None while ``waits_for`` (anchors and clocks) has not happened. ``applies`` is what the answers hint
    at: yes, no or unknown. ``asks_reason``: an amended fact made a report late that was in time. ``former`` are the
    due times it had before.
    """

    clock: Clock
    status: str
    due_at: datetime | None
    late_after: datetime | None
    left: timedelta | None
    applies: str
    asked: tuple[Asked, ...]
    waits_for: tuple[str, ...]
    asks_reason: bool
    former: tuple[datetime, ...]


def clock_board(incident: Incident, now: datetime) -> tuple[ClockLine, ...]:
    """All clocks: open ones by due time, those that wait after them, settled ones last."""
    lines = [clock_line(incident, clock, now) for clock in incident.crisis.clocks.values()]
    return tuple(sorted(lines, key=lambda one: (one.clock.settled, one.late_after is None, one.late_after or now)))


def clock_line(incident: Incident, clock: Clock, now: datetime) -> ClockLine:
    """One clock as it stands."""
    late_after = last_moment(clock)
    first = clock.filings[0] if clock.filings else None
    late = first is not None and late_after is not None and first.at > late_after
    return ClockLine(
        clock=clock,
        status=_status(clock, late, now),
        due_at=clock.due_at,
        late_after=late_after,
        left=None if late_after is None or clock.settled else late_after - now,
        applies=hint(incident, clock),
        asked=tuple(Asked(q, incident.crisis.answers.get(q.id)) for q in clock.terms.questions),
        waits_for=() if clock.due_at is not None else _missing(clock),
        asks_reason=late and first is not None and not first.late_reason,
        former=tuple(dict.fromkeys(change.due_at for change in clock.changes[:-1])),
    )


def hint(incident: Incident, clock: Clock) -> str:
    """What the answers so far say about whether the clock applies. ``no`` is a hint only, never a decision."""
    known = [
        (incident.crisis.answers[q.id].answer if q.id in incident.crisis.answers else "unknown", q.applies_if)
        for q in clock.terms.questions
    ]
    if any(answer not in {"unknown", wanted} for answer, wanted in known):
        return "no"
    return "unknown" if any(answer == "unknown" for answer, _ in known) else "yes"


def warn_at(clock: Clock) -> datetime | None:
    """When people are called first: a quarter of the time before it runs out, at once when the law says so."""
    end = last_moment(clock)
    if end is None or clock.due_at is None or not clock.changes:
        return None
    if clock.terms.warn_before is not None:
        return end - clock.terms.warn_before
    if clock.terms.immediate:
        return clock.due_at
    usual = (clock.due_at - clock.changes[-1].anchor_at) / 4
    return end - min(max(usual, _SHORTEST_WARNING), _LONGEST_WARNING)


def blocking_clocks(incident: Incident) -> tuple[str, ...]:
    """Clocks that keep an incident from ending: overdue ones, and those nobody has decided about.

    What is decided and due later stays open as an obligation of the ended incident, and so does what counts from
    the end or from a report not made yet.
    """
    return tuple(c.terms.id for c in incident.crisis.clocks.values() if not c.settled and _blocks(c))


def _blocks(clock: Clock) -> bool:
    if clock.step > 1:
        return True
    if clock.decision == "required":
        return False
    return not all(limit.after or limit.anchor in _LATE_ANCHORS for limit in clock.terms.limits)


def _status(clock: Clock, late: bool, now: datetime) -> str:
    if clock.filings:
        return "filed_late" if late or clock.filings[0].late_reason else "filed"
    if clock.decision == "not_required":
        return "not_required"
    end, warning = last_moment(clock), warn_at(clock)
    if end is None or warning is None:
        return "waiting"
    if now > end:
        return "overdue"
    return "due_soon" if now >= warning else "running"


def _missing(clock: Clock) -> tuple[str, ...]:
    return tuple(dict.fromkeys(limit.anchor or f"clock:{limit.after}" for limit in clock.terms.limits))
