"""What the web application is made of. The wiring builds it; nothing in here reads settings or the environment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter

from incident.domain.opinion import Opinion
from incident.domain.words import Text
from incident.service.crisis_ports import CrisisPorts
from incident.service.desk import Desk
from incident.service.links import Links
from incident.service.ports import Clock, RuleBook, UnitOfWork
from incident.service.records import RuleFacts
from incident.service.views import Views


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must work. ``detail`` is shown to strangers: no secret, path or address in it."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks; ready when every one of them is fine."""

    checks: tuple[Check, ...] = ()

    @property
    def ok(self) -> bool:
        """True when work can be taken."""
        return all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True)
class PlannedDrill:
    """An entry of the drill programme: which drill, for which scenario, and when it comes next (None: not dated)."""

    name: str
    title: Text
    scenario: str
    next_at: datetime | None = None
    every: Text | None = None


def _always_ready() -> Readiness:
    return Readiness()


def _no_programme() -> tuple[PlannedDrill, ...]:
    return ()


def _never_changes() -> int:
    return 0


def _not_stopping() -> bool:
    return False


class NoRules:
    """The book of an installation without detection rules."""

    def facts(self, _states: Mapping[tuple[str, str], bytes]) -> tuple[RuleFacts, ...]:
        """None."""
        return ()

    def halvings(self, _opinions: Sequence[Opinion], _now: datetime) -> dict[str, float]:
        """Nothing to halve."""
        return {}


@dataclass(frozen=True, slots=True)
class WebParts:
    """Everything ``create_app`` needs.

    ``uow`` opens a write transaction, ``read`` one that writes nothing. ``changes`` answers something else than
    before when anything changed meanwhile, cheaply: live pages ask once a second. ``stopping`` turns true when the
    server is to end, so that live connections let go. ``language`` and ``timezone`` are for readers without their own.
    ``crisis`` is what command's pages need from the playbooks.
    """

    desk: Desk
    views: Views
    uow: UnitOfWork
    read: UnitOfWork
    links: Links
    clock: Clock
    language: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    ready: Callable[[], Readiness] = field(default=_always_ready)
    programme: Callable[[], tuple[PlannedDrill, ...]] = field(default=_no_programme)
    changes: Callable[[], int | str] = field(default=_never_changes)
    stopping: Callable[[], bool] = field(default=_not_stopping)
    routers: tuple[APIRouter, ...] = ()
    crisis: CrisisPorts = field(default_factory=CrisisPorts)
    book: RuleBook = field(default_factory=NoRules)
