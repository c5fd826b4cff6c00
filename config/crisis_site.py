"""What the site's pages of command get from the playbooks' room: drafting, the clock book, the store."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import uuid4

from config.wiring import System
from incident.domain.errors import NotFound
from incident.domain.said import said
from incident.domain.words import Text
from incident.intake.event import Event
from incident.service.crisis_ports import CrisisPorts
from incident.service.ports import Clock
from incident.store.uow import Database
from playbooks.clockbook.book import load_book
from playbooks.command import CENTRE, CommandPlanner
from playbooks.comms.run import draft
from playbooks.materials import Item, StockLine, load_stock, stock
from playbooks.materials_watch import CHECKED, checks_of


class Storeroom:
    """The emergency store: the list of items, checks from the watch's memory, what open incidents have out."""

    def __init__(self, items: Mapping[str, Item], database: Database, clock: Clock) -> None:
        self._items = items
        self._database = database
        self._clock = clock

    def titles(self) -> Mapping[str, Text]:
        """What the items are called, by id."""
        return {item.id: item.title for item in self._items.values()}

    def lines(self) -> Sequence[StockLine]:
        """Every item as it stands now."""
        with self._database.reading() as store:
            checks = checks_of(store.detectors.load())
            running = [store.incidents.get(one.id) for one in store.incidents.open_facts()]
        return stock(self._items, checks, running, self._clock.now())

    def check(self, item: str, count: int, *, works: bool, by: str) -> None:
        """Record a readiness check; the running house notices it. Raises NotFound for an item that nobody keeps."""
        if item not in self._items:
            raise NotFound(said("There is no item '{item}'", item=item), remedy="see the list of materials")
        now = self._clock.now()
        data = {"item": item, "count": count, "works": works, "by": by}
        fact = Event(id=uuid4().hex, source="tocsin/web", type=CHECKED, time=now.timestamp(), data=data)
        with self._database.unit() as store:
            store.inbox.add([fact], now)
            store.commit()


def crisis_ports(system: System) -> CrisisPorts:
    """The ports of a running system. Raises BadInput with all faults of the user's own files."""
    settings, planner = system.settings, system.rules.planner
    items = planner.items if isinstance(planner, CommandPlanner) else load_stock(settings.home / "materials.yaml")
    book = load_book(settings.home / "clockbook")
    return CrisisPorts(
        draft=partial(draft, centre=CENTRE, timezone=settings.timezone),
        materials=Storeroom(items, system.database, system.clock),
        clock_book=lambda: book.clocks,
    )
