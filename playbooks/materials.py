"""Emergency materials (P5): the list of what must be ready, and how the store stands. Pure but for ``load_stock``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from incident.domain.crisis_plan import MaterialNeed
from incident.domain.crisis_views import out
from incident.domain.incident import Incident
from incident.domain.said import said
from incident.domain.words import Text
from incident.service.roster_file import Bilingual, Duration
from incident.yamlfile import Strict, load
from playbooks.types import Id

SHIPPED = Path(__file__).parent / "materials.yaml"
EXPIRES_SOON = timedelta(days=14)


class ItemSpec(Strict):
    """Something kept ready: how many, where, who answers for it, how often it is counted and tried."""

    id: Id
    title: Bilingual
    par: int = Field(ge=1, le=100_000)
    place: Bilingual
    custodian: Id
    backup: Id
    check_every: Duration
    check: Bilingual
    expires: date | None = None


class StockFile(Strict):
    """``materials.yaml``."""

    schema_: Literal["materials/v1"] = Field(alias="schema")
    items: tuple[ItemSpec, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _once(self) -> "StockFile":
        ids = [item.id for item in self.items]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(said("the item '{twice}' is here twice — use another id", twice=twice))
        return self


class MaterialUse(Strict):
    """So many pieces a playbook takes from the store. ``materials`` of a playbook."""

    item: Id
    count: int = Field(default=1, ge=1, le=100_000)

    @property
    def need(self) -> MaterialNeed:
        """The same as the domain's word."""
        return MaterialNeed(self.item, self.count)


@dataclass(frozen=True, slots=True)
class Item:
    """Something kept ready. ``par`` is how many there must be; ``check`` says how readiness is tried."""

    id: str
    title: Text
    par: int
    place: Text
    custodian: str
    backup: str
    check_every: timedelta
    check: Text
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The last readiness check of an item: when, how many were there, and whether they work."""

    at: datetime
    count: int
    works: bool = True


@dataclass(frozen=True, slots=True)
class StockLine:
    """An item as it stands at a moment. ``state`` is the gravest of: ready, due, below_par, expiring, expired,
    faulty, unchecked, overdue."""

    item: Item
    check: Check | None
    check_due: datetime | None
    out: int
    available: int | None
    state: str


def load_stock(path: Path | None = None) -> dict[str, Item]:
    """Items by id from ``path``, or the shipped list when it is missing. Raises BadInput with all faults."""
    file = load(path if path is not None and path.exists() else SHIPPED, StockFile)
    return {spec.id: item_of(spec) for spec in file.items}


def item_of(spec: ItemSpec) -> Item:
    """The same as the domain's word."""
    return Item(
        spec.id, spec.title.text, spec.par, spec.place.text, spec.custodian, spec.backup, spec.check_every,
        spec.check.text, spec.expires,
    )  # fmt: skip


def stock(
    items: Mapping[str, Item], checks: Mapping[str, Check], incidents: Iterable[Incident], now: datetime
) -> tuple[StockLine, ...]:
    """How the store stands: what was counted last, minus what real incidents have out since."""
    gone: dict[str, int] = {}
    for incident in incidents:
        for taking in out(incident) if incident.drill is None else ():
            gone[taking.item] = gone.get(taking.item, 0) + taking.out
    return tuple(_line(item, checks.get(item.id), gone.get(item.id, 0), now) for item in items.values())


def fault(item: Item, check: Check | None, now: datetime) -> str:
    """Why an item is not ready (overdue, faulty, below_par, expired, expiring), empty when it is."""
    if check is not None and now >= check.at + item.check_every:
        return "overdue"
    if check is not None and not check.works:
        return "faulty"
    if check is not None and check.count < item.par:
        return "below_par"
    if item.expires is not None and now.date() >= item.expires:
        return "expired"
    if item.expires is not None and now.date() >= item.expires - EXPIRES_SOON:
        return "expiring"
    return ""


def _line(item: Item, check: Check | None, gone: int, now: datetime) -> StockLine:
    due = check.at + item.check_every if check else None
    available = max(0, check.count - gone) if check else None
    state = fault(item, check, now) or ("unchecked" if check is None else "")
    if not state and available is not None and available < item.par:
        state = "below_par"
    return StockLine(item, check, due, gone, available, state or "ready")
