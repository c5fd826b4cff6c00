"""What a playbook says about commanding a crisis, in one piece, with the shipped usual; and the part of the engine
that runs it.

``CommandPlanner`` stands around the playbook engine: it adopts the crisis plan after the playbook and lets clocks,
messages and roll calls say what is due.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from incident.domain import crisis_events as x
from incident.domain.crisis_plan import CommsPlan, CrisisPlan, Limits
from incident.domain.errors import BadInput
from incident.domain.events import DomainEvent
from incident.domain.incident import Incident
from incident.domain.plan import Plan
from incident.domain.roster import Roster
from incident.domain.said import said
from incident.domain.words import Scenario, Text
from incident.service.ports import Planner
from incident.service.roster_file import Duration
from incident.yamlfile import Strict, YamlFile, load, read
from playbooks import duties, rollcall
from playbooks.clockbook import run as clocks
from playbooks.clockbook.book import Book, load_book
from playbooks.clockbook.schema import ClockUse
from playbooks.comms import run as comms
from playbooks.comms.book import load_comms
from playbooks.comms.schema import CommsSpec
from playbooks.engine import Planner as Engine
from playbooks.loader import Loaded, by_scenario, singled_out
from playbooks.materials import Item, MaterialUse, load_stock
from playbooks.materials_watch import readiness_plan
from playbooks.raw import did_you_mean
from playbooks.rollcall import RollCallSpec
from playbooks.schema import Playbook

USUAL = Path(__file__).parent / "clockbook" / "usual.yaml"
CENTRE = Text(zh="客户服务中心", en="Customer service")


class LimitsSpec(Strict):
    """How much one person can carry, and how many make a quorum. ``limits`` of a playbook."""

    duty: Duration = timedelta(hours=8)
    rest_after: Duration = timedelta(hours=4)
    quorum: int = Field(default=2, ge=1, le=50)

    @property
    def plan(self) -> Limits:
        """The same as the domain's word."""
        return Limits(self.duty, self.rest_after, self.quorum)


class CrisisSpec(Strict):
    """The optional fields of a playbook that command works by; what is left out stays as usual for its scenario."""

    clocks: tuple[ClockUse, ...] | None = Field(default=None, max_length=100)
    comms: CommsSpec | None = None
    materials: tuple[MaterialUse, ...] | None = Field(default=None, max_length=100)
    rollcall: RollCallSpec | None = None
    limits: LimitsSpec | None = None

    def over(self, usual: CrisisPlan, book: Book) -> CrisisPlan:
        """The usual plan with what is said here instead. Raises BadInput for a clock the book doesn't have."""
        return replace(
            usual,
            clocks=usual.clocks if self.clocks is None else tuple(book.terms(use) for use in self.clocks),
            comms=usual.comms if self.comms is None else self.comms.plan,
            materials=usual.materials if self.materials is None else tuple(use.need for use in self.materials),
            rollcall=usual.rollcall if self.rollcall is None else self.rollcall.plan,
            limits=usual.limits if self.limits is None else self.limits.plan,
        )


class UsualFile(Strict):
    """``usual.yaml``: what each scenario uses unless its playbook says otherwise."""

    schema_: Literal["crisis/v1"] = Field(alias="schema")
    scenarios: dict[Scenario, CrisisSpec]


def usual_plans(book: Book, messages: Mapping[Scenario, CommsPlan], path: Path = USUAL) -> dict[Scenario, CrisisPlan]:
    """The crisis plan of every scenario, from the shipped file or another one. Raises BadInput with all faults."""
    file = load(path, UsualFile)
    return {
        scenario: file.scenarios.get(scenario, CrisisSpec()).over(CrisisPlan(comms=messages[scenario]), book)
        for scenario in Scenario
    }


class CommandPlanner:
    """The playbook engine and command as one ``Planner``. Pure; ``now`` is an argument.

    ``items`` are the stock's: an incident about one of them gets its small readiness plan instead of a playbook.
    """

    def __init__(
        self, inner: Planner, plans: Mapping[Scenario, CrisisPlan], items: Mapping[str, Item] | None = None, *,
        own: Mapping[str, CrisisPlan] | None = None, centre: Text = CENTRE, timezone: str = "Asia/Shanghai",
    ) -> None:  # fmt: skip
        """``own`` are the crisis plans of playbooks, by the playbook's id; ``plans`` those of any other."""
        self._inner = inner
        self._plans = dict(plans)
        self._own = dict(own or {})
        self.items = dict(items or {})
        self._centre = centre
        self._timezone = timezone

    def activate(self, incident: Incident, roster: Roster, now: datetime) -> list[DomainEvent]:
        """Adopt the plan."""
        items = self._kept(incident)
        inner = Engine({Scenario.OTHER: readiness_plan(items)}) if items else self._inner
        return inner.activate(incident, roster, now)

    def advance(self, incident: Incident, roster: Roster, now: datetime) -> list[DomainEvent]:
        """What has become due by ``now`` and is not in the log yet."""
        found = list(self._inner.advance(incident, roster, now))
        if incident.plan is None or self._kept(incident):
            return found
        if self._adopts(incident):
            return [*found, x.CrisisPlanned(self.crisis_of(incident.plan))]
        return [
            *found,
            *clocks.advance(incident, now),
            *comms.advance(incident, now, self._centre, self._timezone),
            *rollcall.advance(incident, now),
            *duties.advance(incident, now),
        ]

    def unheld(self, roster: Roster) -> tuple[str, ...]:
        """A warning for each position that clocks, messages, roll calls or materials name and nobody can hold."""
        used = unheld((*self._plans.values(), *self._own.values()), roster)
        kept = {position for item in self.items.values() for position in (item.custodian, item.backup)}
        missing = sorted({*used, *(position for position in kept if position not in roster.positions)})
        return tuple(
            f"position '{one}' is not in people.yaml, but clocks, messages or materials name it" for one in missing
        )

    def next_due(self, incident: Incident) -> datetime | None:
        """The earliest instant at which ``advance`` has something to say; one in the past means at once."""
        moments = [self._inner.next_due(incident)]
        if incident.plan is not None and not self._kept(incident):
            moments += [part.next_due(incident) for part in (clocks, comms, rollcall, duties)]
            moments += [incident.anchors["opened"]] if self._adopts(incident) else []
        return min((at for at in moments if at is not None), default=None)

    def crisis_of(self, plan: Plan) -> CrisisPlan:
        """What an incident that runs by this playbook adopts."""
        return self._own.get(plan.id) or self._plans[plan.scenario]

    def _adopts(self, incident: Incident) -> bool:
        return incident.crisis.plan is None and not incident.ended and incident.scenario in self._plans

    def _kept(self, incident: Incident) -> tuple[Item, ...]:
        """What the custodian keeps whom a finding about the store is for; nothing for any other incident."""
        about = self.items.get(incident.labels.get("material", "")) if incident.scenario is Scenario.OTHER else None
        return tuple(item for item in self.items.values() if item.custodian == about.custodian) if about else ()


def command_planner(
    loaded: Mapping[str, Loaded], home: Path | None = None, *, centre: Text = CENTRE, timezone: str = "Asia/Shanghai"
) -> CommandPlanner:
    """The planner of an installation: its playbooks, each with its own say about clocks, messages, roll calls and
    limits over the usual one.

    The usual comes from the shipped data and the user's own in ``home``: the directories ``clockbook`` and
    ``messages``, the files ``crisis.yaml`` and ``materials.yaml``. Raises BadInput with all faults.
    """
    book = load_book(home / "clockbook" if home else None)
    file = home / "crisis.yaml" if home and (home / "crisis.yaml").exists() else USUAL
    usual = usual_plans(book, load_comms(home / "messages" if home else None), file)
    items = load_stock(home / "materials.yaml" if home else None)
    named = (one for one in loaded.values() if one.spec.clocks or one.spec.materials)
    if faults := tuple(fault for one in named for fault in command_faults(read(one.path), one.spec, book, items)):
        raise BadInput.listing(faults)
    own = {one.plan.id: crisis_of(one.spec).over(usual[one.plan.scenario], book) for one in loaded.values()}
    inner = Engine(by_scenario(loaded), singled_out(loaded))
    return CommandPlanner(inner, usual, items, own=own, centre=centre, timezone=timezone)


def command_faults(file: YamlFile, spec: Playbook, book: Book, items: Mapping[str, Item]) -> Iterator[str]:
    """Clocks that are not in the book, or lack the calendar they are counted by, and things not in the store."""
    for number, use in enumerate(spec.clocks or ()):
        try:
            book.terms(use)
        except BadInput as error:
            yield file.fault(("clocks", number, "use"), error.whole)
    for number, need in enumerate(spec.materials or ()):
        if need.item not in items:
            remedy = did_you_mean(need.item, items, said("add it to materials.yaml"))
            yield file.fault(
                ("materials", number, "item"), said("'{item}' is not in the store", item=need.item), remedy
            )


def crisis_of(spec: Playbook) -> CrisisSpec:
    """What a playbook says about command; what it leaves out stays as usual."""
    limits = None
    if "limits" in spec.model_fields_set:
        limits = LimitsSpec(duty=spec.limits.duty_hours, rest_after=spec.limits.rest_after)
    return CrisisSpec(
        clocks=spec.clocks, comms=spec.comms, materials=spec.materials, rollcall=spec.rollcall, limits=limits
    )


def unheld(plans: Iterable[CrisisPlan], roster: Roster) -> tuple[str, ...]:
    """Positions that clocks, messages and roll calls name and the roster does not know: for checks beforehand."""
    named: set[str] = set()
    for plan in plans:
        named |= {position for terms in plan.clocks for position in (terms.owner, terms.backup)}
        named |= {position for line in plan.comms.lines for position in (line.owner, line.approver, line.backup)}
        named |= {plan.rollcall.owner, plan.rollcall.backup, plan.rollcall.care}
    return tuple(sorted(position for position in named if position and position not in roster.positions))
