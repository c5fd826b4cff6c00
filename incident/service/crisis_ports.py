"""What command needs from the playbooks' room on its pages: drafting, the clock book, the store. Wired by config."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from incident.domain.crisis_commands import WriteDraft
from incident.domain.crisis_plan import ClockTerms
from incident.domain.errors import NotFound
from incident.domain.incident import Incident
from incident.domain.said import said
from incident.domain.words import Text


class Drafting(Protocol):
    """Fills in a message. ``fields`` hold each value in both languages.

    Raises BadInput for an unknown line or stage, a missing field, or a text that can't be filled in.
    """

    def __call__(
        self, incident: Incident, line_id: str, stage: str, fields: Mapping[str, Text], now: datetime, *, by: str
    ) -> WriteDraft: ...


class StockItem(Protocol):
    """Something kept ready: how many there must be, where, who answers for it, how readiness is tried."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> Text: ...
    @property
    def par(self) -> int: ...
    @property
    def place(self) -> Text: ...
    @property
    def custodian(self) -> str: ...
    @property
    def check(self) -> Text: ...


class StockCheck(Protocol):
    """The last readiness check of an item."""

    @property
    def at(self) -> datetime: ...
    @property
    def count(self) -> int: ...
    @property
    def works(self) -> bool: ...


class StockLine(Protocol):
    """An item as it stands. ``state`` is ready, unchecked, overdue, faulty, below_par, expiring or expired."""

    @property
    def item(self) -> StockItem: ...
    @property
    def check(self) -> StockCheck | None: ...
    @property
    def check_due(self) -> datetime | None: ...
    @property
    def out(self) -> int: ...
    @property
    def available(self) -> int | None: ...
    @property
    def state(self) -> str: ...


class Materials(Protocol):
    """The emergency store."""

    def titles(self) -> Mapping[str, Text]:
        """What the items are called, by id."""

    def lines(self) -> Sequence[StockLine]:
        """Every item as it stands now."""

    def check(self, item: str, count: int, *, works: bool, by: str) -> None:
        """Record a readiness check. Raises NotFound for an item that nobody keeps."""


class _EmptyStore:
    def titles(self) -> Mapping[str, Text]:
        return {}

    def lines(self) -> Sequence[StockLine]:
        return ()

    def check(self, item: str, count: int, *, works: bool, by: str) -> None:  # noqa: ARG002 - the port's shape
        raise NotFound(said("There is no item '{item}'", item=item), remedy="see the list of materials")


def _no_book() -> Mapping[str, ClockTerms]:
    return {}


@dataclass(frozen=True, slots=True)
class CrisisPorts:
    """All of them. Without ``draft`` nothing can be drafted; ``clock_book`` gives clocks without owners, by id."""

    draft: Drafting | None = None
    materials: Materials = field(default_factory=_EmptyStore)
    clock_book: Callable[[], Mapping[str, ClockTerms]] = _no_book
