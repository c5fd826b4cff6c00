"""Watches readiness outside any incident: a missed or failed check becomes a signal, and so pages people.

It is a source of signals like the detectors: fed with ``material.checked`` facts from the inbox, ticked by the same
tick, its memory kept in the same rows, so that no restart loses a due check. Signals about what one custodian keeps are
one small incident, whose plan asks the custodian, then the backup, until somebody answers; good checks clear it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from incident.domain.opinion import Opinion
from incident.domain.plan import GroupPlan, LevelPlan, PagingPlan, Plan, TaskPlan
from incident.domain.signal import Evidence, Signal, SignalState
from incident.domain.words import LEVELS, Degree, Group, Phase, Scenario, Text
from incident.intake.event import Event
from incident.service.source_port import SignalSource
from playbooks.materials import EXPIRES_SOON, Check, Item, fault

CHECKED = "material.checked"
"""The fact's type. Its data: ``item``, ``count``, ``works`` (true unless told otherwise)."""
NAME = ("materials-readiness", "store")
"""Under which the memory is kept."""
MORNING = 9
"""Nobody is called at night because a date went by: time's findings are looked for at this hour."""
FIRST_CHECK = timedelta(days=7)
"""How long a new item may go unchecked."""
_FAULTS = {
    "overdue": Text(zh="应急物资该检查了：", en="Readiness check missed: "),
    "faulty": Text(zh="应急物资检查不合格：", en="Not in working order: "),
    "below_par": Text(zh="应急物资数量不足：", en="Fewer than there must be: "),
    "expired": Text(zh="应急物资已过期：", en="Expired: "),
    "expiring": Text(zh="应急物资即将过期：", en="Expires soon: "),
}
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Memory:
    """What is remembered of one item: the last check, since when it is known, and the open finding."""

    since: float
    at: float | None = None
    count: int = 0
    works: bool = True
    episode: int = 0
    open: str = ""

    def check(self) -> Check | None:
        return None if self.at is None else Check(datetime.fromtimestamp(self.at, UTC), self.count, self.works)


class ReadinessWatch:
    """The store's readiness as a source of signals. Not thread-safe: one caller at a time."""

    def __init__(self, items: Mapping[str, Item], timezone: str = "Asia/Shanghai") -> None:
        """``timezone`` says when it is nine in the morning: what only time brings waits until then."""
        self._items = dict(items)
        self._zone = ZoneInfo(timezone)
        self._memory: dict[str, _Memory] = {}
        self._changed = False

    def hears(self, event_type: str) -> bool:
        """Checks only."""
        return event_type == CHECKED

    def observe(self, events: Sequence[Event], now: float) -> list[Signal]:
        """Take in checks; a good one clears a finding at once. Drills check nothing."""
        for event in events:
            if event.type != CHECKED or event.drill is not None:
                continue
            item, count = self._items.get(str(event.data.get("item", ""))), event.data.get("count")
            if item is None or not isinstance(count, int):
                continue
            known = self._known(item, now)
            if known.at is None or event.time >= known.at:
                works = event.data.get("works") is not False
                self._keep(item, replace(known, at=min(event.time, now), count=count, works=works))
        return self.tick(now)

    def tick(self, now: float) -> list[Signal]:
        """Findings that begin or end by ``now``."""
        return _counted([signal for item in self._items.values() for signal in self._judge(item, now)])

    def next_due(self, now: float) -> float | None:
        """When ``tick`` may have something to say; None without items."""
        moments = [at for item in self._items.values() if (at := self._next(item, now)) is not None]
        return min((max(now, at) for at in moments), default=None)

    def changed(self) -> dict[Name, bytes]:
        """The memory, when it changed since the last call."""
        if not self._changed:
            return {}
        self._changed = False
        kept = {name: [m.since, m.at, m.count, m.works, m.episode, m.open] for name, m in self._memory.items()}
        return {NAME: json.dumps(kept, sort_keys=True).encode()}

    def restore(self, states: Mapping[Name, bytes]) -> tuple[str, ...]:
        """Drop what is in memory and take this; names it when it could not be read."""
        self._memory, self._changed = {}, False
        if NAME not in states:
            return ()
        try:
            self._memory = read_memory(states[NAME])
        except (ValueError, TypeError, AttributeError):
            return ("/".join(NAME),)
        return ()

    def heed(self, opinions: Sequence[Opinion], now: float) -> None:
        """Nothing: what is missing is missing, whatever anybody thinks of being told."""

    def _known(self, item: Item, now: float) -> _Memory:
        if item.id not in self._memory:
            self._keep(item, _Memory(now))
        return self._memory[item.id]

    def _keep(self, item: Item, memory: _Memory) -> None:
        self._memory[item.id], self._changed = memory, True

    def _judge(self, item: Item, now: float) -> Iterator[Signal]:
        known = self._known(item, now)
        wrong = self._wrong(item, known, now)
        if wrong == known.open:
            return
        if known.open:
            yield self._signal(item, known, SignalState.CLEARED, now)
        fresh = replace(known, open=wrong, episode=known.episode + bool(wrong))
        self._keep(item, fresh)
        if wrong:
            yield self._signal(item, fresh, SignalState.RAISED, now)

    def _wrong(self, item: Item, known: _Memory, now: float) -> str:
        morning = self._morning(now)
        first = known.since + min(FIRST_CHECK, item.check_every).total_seconds()
        if known.at is None and morning.timestamp() >= first:
            return "overdue"
        return fault(item, known.check(), morning)

    def _morning(self, at: float, *, after: bool = False) -> datetime:
        """The last nine o'clock up to ``at``; with ``after`` the first one from ``at`` on."""
        local = datetime.fromtimestamp(at, self._zone)
        nine = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        if after:
            return nine if nine >= local else nine + timedelta(days=1)
        return nine if nine <= local else nine - timedelta(days=1)

    def _next(self, item: Item, now: float) -> float | None:
        known = self._memory.get(item.id)
        if known is None:
            return now
        first = known.since + min(FIRST_CHECK, item.check_every).total_seconds()
        due = first if known.at is None else known.at + item.check_every.total_seconds()
        dates = [item.expires - EXPIRES_SOON, item.expires] if item.expires else []
        days = (datetime(d.year, d.month, d.day, tzinfo=self._zone).timestamp() for d in dates)
        mornings = (self._morning(at, after=True).timestamp() for at in (due, *days))
        return min((at for at in mornings if at > now), default=None)

    def _signal(self, item: Item, known: _Memory, state: SignalState, now: float) -> Signal:
        why = _FAULTS[known.open]
        seen = "" if known.at is None else str(known.count)
        return Signal(
            id=f"materials:{item.id}:{known.episode}", rule=f"materials-{item.id}", scenario=Scenario.OTHER,
            state=state, at=datetime.fromtimestamp(now, UTC),
            title=Text(zh=why.zh + item.title.zh, en=why.en + item.title.en),
            labels={"material": item.id, "fault": known.open, "custodian": item.custodian}, group_by=("custodian",),
            impact=Degree.LOW, urgency=Degree.LOW, evidence=Evidence(expected=str(item.par), seen=seen),
        )  # fmt: skip


class Together:
    """Several sources of signals as one: the detectors first, then the store's readiness."""

    def __init__(self, first: SignalSource, watch: ReadinessWatch) -> None:
        self._sources: tuple[SignalSource, ...] = (first, watch)

    def hears(self, event_type: str) -> bool:
        """Whether any of them does."""
        return any(source.hears(event_type) for source in self._sources)

    def observe(self, events: Sequence[Event], now: float) -> list[Signal]:
        """Signals of all."""
        return [signal for source in self._sources for signal in source.observe(events, now)]

    def tick(self, now: float) -> list[Signal]:
        """Signals of all."""
        return [signal for source in self._sources for signal in source.tick(now)]

    def next_due(self, now: float) -> float | None:
        """The earliest of all."""
        found = (source.next_due(now) for source in self._sources)
        return min((at for at in found if at is not None), default=None)

    def changed(self) -> dict[Name, bytes]:
        """The changed states of all."""
        return {name: blob for source in self._sources for name, blob in source.changed().items()}

    def restore(self, states: Mapping[Name, bytes]) -> tuple[str, ...]:
        """Each takes what is its own; names what could not be read."""
        first, watch = self._sources
        others = {name: blob for name, blob in states.items() if name != NAME}
        return (*first.restore(others), *watch.restore(states))

    def heed(self, opinions: Sequence[Opinion], now: float) -> None:
        """Each for itself."""
        for source in self._sources:
            source.heed(opinions, now)


def read_memory(blob: bytes) -> dict[str, _Memory]:
    """The watch's memory by item. Raises ValueError or TypeError when it can't be read."""
    return {name: _Memory(*row) for name, row in json.loads(blob).items()}


def checks_of(states: Mapping[Name, bytes]) -> dict[str, Check]:
    """The last check of each item, from the kept states; empty before the first."""
    memory = read_memory(states[NAME]) if NAME in states else {}
    return {name: check for name, m in memory.items() if (check := m.check()) is not None}


def _counted(signals: Sequence[Signal]) -> list[Signal]:
    """The first of several findings of a kind for one custodian says how many: its title becomes the incident's."""
    kinds = [(s.state, s.labels["custodian"], s.labels["fault"]) for s in signals]
    told = list(signals)
    for kind in dict.fromkeys(kinds):
        count, first = kinds.count(kind), kinds.index(kind)
        if count > 1 and kind[0] is SignalState.RAISED:
            title = signals[first].title
            more = Text(zh=f"{title.zh}等 {count} 项", en=f"{title.en} and {count - 1} more")
            told[first] = replace(signals[first], title=more)
    return told


def readiness_plan(items: Sequence[Item]) -> Plan:
    """The plan of the small incident about what one custodian keeps: the custodian checks it; the backup is next."""
    first = items[0]
    todo = TaskPlan(
        id="check", phase=Phase.LOGISTICS, title=first.check if len(items) == 1 else _CHECK, owner=first.custodian,
        backup=first.backup, kind="check", group=Group.LOGISTICS, due_in=timedelta(hours=24), source=("P5",),
        detail=Text(zh="\n".join(_how(item).zh for item in items), en="\n".join(_how(item).en for item in items)),
    )  # fmt: skip
    return Plan(
        id="materials-readiness", version="1", scenario=Scenario.OTHER,
        title=Text(zh="应急物资检查", en="Readiness of materials"), hash="",
        groups=(GroupPlan(Group.LOGISTICS, first.custodian, (first.backup,)),), tasks=(todo,),
        levels={level: LevelPlan((Group.LOGISTICS,)) for level in LEVELS},
        paging=PagingPlan(ack_within=timedelta(minutes=30), tries=1), overdue_every=timedelta(hours=12), source=("P5",),
    )  # fmt: skip


_CHECK = Text(zh="检查到期的应急物资并登记结果", en="Check what is due and record what you find")


def _how(item: Item) -> Text:
    return Text(
        zh=f"{item.title.zh}：{item.check.zh}；地点：{item.place.zh}；应有 {item.par} 件",
        en=f"{item.title.en}: {item.check.en}; place: {item.place.en}; {item.par} must be there",
    )
