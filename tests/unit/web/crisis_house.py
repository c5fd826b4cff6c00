"""An installation in which command runs: the shipped playbooks, clocks, messages and materials, the shipped people."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from web_house import BASE, NIGHT, Browser, House, person, plans

from config.crisis_site import Storeroom
from incident.domain.incident import Incident
from incident.domain.roster import Roster
from incident.domain.suppression import ServiceMap
from incident.report.names import Names
from incident.service.clock import ManualClock
from incident.service.crisis_ports import CrisisPorts
from incident.service.desk import Desk
from incident.service.links import Links
from incident.service.redaction import Viewer
from incident.service.roster_file import load as load_roster
from incident.service.session import Rules, Session
from incident.service.views import Views
from incident.store.uow import Database
from incident.web.app import create_app
from incident.web.parts import WebParts
from playbooks.clockbook.book import load_book
from playbooks.command import CENTRE, CommandPlanner, usual_plans
from playbooks.comms.book import load_comms
from playbooks.comms.run import draft
from playbooks.engine import Planner
from playbooks.materials import load_stock
from tests.fixtures.sqlite import lay_database

DEFAULTS = Path(__file__).parents[3] / "config" / "defaults" / "people.yaml"
OUTSIDER = "outsider"
"""Somebody who sits in no group."""


@cache
def people() -> Roster:
    """The shipped roster, and somebody from outside."""
    found = load_roster(DEFAULTS, {"console"}, "zh-CN").roster
    return replace(found, people={**found.people, OUTSIDER: person(OUTSIDER, "周婷", "Zhou Ting")})


@cache
def planner() -> CommandPlanner:
    """The shipped playbooks with command around them."""
    return CommandPlanner(Planner(plans()), usual_plans(load_book(), load_comms()), load_stock())


class CrisisHouse(House):
    """A house with command, and what its stories ask for."""

    def settle(self) -> None:
        """Whatever is due at this instant in any incident."""

        def due(store, now):  # type: ignore[no-untyped-def]
            for one in store.incidents.open_facts():
                session = Session(store.incidents.get(one.id), self.parts.desk.rules, now)
                session.settle()
                session.save_due(store)

        self.parts.desk.transact(due)
        self.changed[0] += 1

    def later(self, **delta: float) -> None:
        """Time goes by and what is due happens."""
        self.clock.push(**delta)
        self.settle()

    def state(self, incident: Incident, person: str = "huang-li") -> Incident:
        """The incident as it stands."""
        return self.parts.views.incident(Viewer(person), incident.id)


def make_crisis_house(folder: Path) -> Iterator[CrisisHouse]:
    """An installation in a folder; closed afterwards."""
    clock = ManualClock(NIGHT)
    path = folder / "tocsin.db"
    lay_database(path)
    database = Database(f"sqlite:///{path}")
    names = Names.of(people())
    desk = Desk(database.unit, Rules(people(), planner(), ServiceMap()), clock, names)
    book = load_book().clocks
    ports = CrisisPorts(
        partial(draft, centre=CENTRE), Storeroom(planner().items, database, clock), lambda: book
    )  # fmt: skip
    changed = [0]
    parts = WebParts(
        desk=desk, views=Views(database.reading, names, clock), uow=database.unit, read=database.reading,
        links=Links(BASE, "0" * 64), clock=clock, changes=lambda: changed[0], crisis=ports,
    )  # fmt: skip
    yield CrisisHouse(parts, database, clock, Browser(create_app(parts)), changed)
    database.close()
