"""A whole installation for the web's tests: a real database, the real desk and playbook engine, a clock that stands."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
from fastapi import FastAPI

from incident.domain.commands import ReportIncident
from incident.domain.incident import Incident
from incident.domain.plan import Plan
from incident.domain.roster import Contact, Person, Position, Roster, Rotation
from incident.domain.suppression import Service, ServiceMap
from incident.domain.words import Degree, Scenario, Text
from incident.report.names import Names
from incident.service.access import create_token, login_link
from incident.service.clock import ManualClock
from incident.service.desk import Desk
from incident.service.links import Links
from incident.service.session import Rules
from incident.service.views import Views
from incident.store.uow import Database
from incident.web.app import create_app
from incident.web.parts import PlannedDrill, WebParts
from playbooks.engine import Planner
from playbooks.loader import by_scenario, load
from tests.fixtures.sqlite import lay_database

NIGHT = datetime(2026, 3, 12, 18, 7, tzinfo=UTC)
"""Seven past two at night in Shanghai."""
BASE = "http://testserver"
SECRET_TITLE = "Customer list sent to a private address"
SECRET_TEXT = "row 17 of the export names Wang Xiaoming"


def person(ident: str, zh: str, en: str, language: str = "en") -> Person:
    """A person with one address and one in the drill book."""
    contact = (Contact("console", ident),)
    return Person(ident, Text(zh, en), language=language, contacts=contact, drill_contacts=contact)


PEOPLE = (
    person("li-na", "李娜", "Li Na", "zh-CN"), person("wang-wei", "王伟", "Wang Wei"),
    person("zhao-min", "赵敏", "Zhao Min"), person("sun-li", "孙丽", "Sun Li"), person("he-jing", "何静", "He Jing"),
    person("outsider", "周婷", "Zhou Ting"),
)  # fmt: skip
WHERE = {
    "centre_director": "zhao-min", "tech_manager": "wang-wei", "ops_manager": "sun-li", "supervisor": "li-na",
    "it_head": "wang-wei", "legal_head": "he-jing",
}  # fmt: skip


class Browser:
    """Speaks HTTP with the application in this process and keeps cookies, as a browser without JavaScript does."""

    def __init__(self, app: FastAPI, base: str = BASE) -> None:
        self.app = app
        self.base = base
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **more: object) -> httpx.Response:
        """Send one request; redirects are not followed."""
        return asyncio.run(self._send(method, path, **more))

    def get(self, path: str, **more: object) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: object) -> httpx.Response:
        """POST."""
        return self.request("POST", path, **more)

    def submit(self, path: str, page: str, **fields: str) -> httpx.Response:
        """Post a form of our own with the secret that ``page`` shows."""
        return self.post(path, data={"csrf": csrf_of(self.get(page).text), **fields})

    async def _send(self, method: str, path: str, **more: object) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
            answer = await client.request(method, path, **more)
            self.cookies = client.cookies
            return answer


@dataclass
class House:
    """An installation and helpers to act in it."""

    parts: WebParts
    database: Database
    clock: ManualClock
    client: Browser
    changed: list[int] = field(default_factory=lambda: [0])

    def token(self, person_id: str = "li-na", role: str = "responder") -> dict[str, str]:
        """Headers of a program that acts for a person."""
        with self.database.unit() as store:
            secret = create_token(store, self.clock.now(), name=f"{role}-{person_id}", role=role, person=person_id)
            store.commit()
        return {"Authorization": f"Bearer {secret}"}

    def link(self, person_id: str = "li-na", role: str = "responder") -> str:
        """The path of a one-time sign-in link."""
        with self.database.unit() as store:
            link = login_link(store, self.clock.now(), base_url=BASE, person=person_id, role=role)
            store.commit()
        return link.removeprefix(BASE)

    def sign_in(self, person_id: str = "li-na", role: str = "responder") -> Browser:
        """A browser in which a person has signed in."""
        browser = Browser(self.client.app)
        assert browser.post(self.link(person_id, role)).status_code == 303
        return browser

    def report(
        self, title: str = "CRM is down", scenario: Scenario = Scenario.SYSTEM_OUTAGE, by: str = "li-na",
        description: str = "", drill: str | None = None,
    ) -> Incident:  # fmt: skip
        """An incident that somebody reported."""
        return self.parts.desk.report(
            ReportIncident(by=by, scenario=scenario, title=title, description=description, impact=Degree.HIGH,
                           urgency=Degree.MEDIUM, labels={"service": "crm"}, drill=drill)
        )  # fmt: skip

    def leak(self) -> Incident:
        """A restricted incident of which only Wang Wei's circle may know."""
        return self.report(SECRET_TITLE, Scenario.DATA_LEAK, by="wang-wei", description=SECRET_TEXT)


def csrf_of(page: str) -> str:
    """The secret of the page's forms."""
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


def roster() -> Roster:
    """Six positions with fixed people, one rotation, one position nobody holds."""
    positions = {name: Position(name, Text(name, name.replace("_", " ")), (who,)) for name, who in WHERE.items()}
    positions["night_shift"] = Position(
        "night_shift", Text("夜班", "Night shift"),
        rotation=Rotation(("li-na", "sun-li"), datetime(2026, 1, 5, 1, tzinfo=UTC), timedelta(days=7)),
    )  # fmt: skip
    positions["facility"] = Position("facility", Text("设施", "Facility"))
    return Roster({p.id: p for p in PEOPLE}, positions, management=("centre_director",))


@cache
def plans() -> Mapping[Scenario, Plan]:
    """The shipped playbooks, read once."""
    return by_scenario(load())


def make_house(folder: Path, clock: ManualClock | None = None) -> Iterator[House]:
    """An installation in a folder; closed afterwards."""
    clock = clock or ManualClock(NIGHT)
    path = folder / "tocsin.db"
    lay_database(path)
    database = Database(f"sqlite:///{path}")
    people = roster()
    services = ServiceMap({"crm": Service("crm", Text("客户系统", "Customer system"))})
    names = Names.of(people)
    desk = Desk(database.unit, Rules(people, Planner(plans()), services), clock, names)
    changed = [0]
    parts = WebParts(
        desk=desk, views=Views(database.reading, names, clock), uow=database.unit, read=database.reading,
        links=Links(BASE, "0" * 64), clock=clock, changes=lambda: changed[0], programme=_programme,
    )  # fmt: skip
    yield House(parts, database, clock, Browser(create_app(parts)), changed)
    database.close()


def _programme() -> tuple[PlannedDrill, ...]:
    return (PlannedDrill("outage-morning", Text("早高峰宕机", "Outage at peak hour"), "system-outage", NIGHT),)
