"""What the API answers about people and things in an incident: roll calls, duty, care, materials."""

from datetime import datetime

from pydantic import Field

from incident.domain.crisis_parts import Taking
from incident.domain.crisis_plan import MaterialNeed
from incident.domain.crisis_views import RollStatus, Strain
from incident.web.api_models import Answer


class StrainAnswer(Answer):
    """How long somebody has been at it. ``advice`` is relieve, rest or empty."""

    person: str
    on_duty_s: float
    without_break_s: float
    advice: str

    @classmethod
    def of(cls, s: Strain) -> "StrainAnswer":
        """A person's strain."""
        return cls(person=s.person, on_duty_s=s.on_duty.total_seconds(),
                   without_break_s=s.without_break.total_seconds(), advice=s.advice)  # fmt: skip


class RollCallAnswer(Answer):
    """A roll call in numbers, and those to look for."""

    id: str = Field(examples=["r1"])
    shift: str
    started_at: datetime
    answer_by: datetime
    closed_at: datetime | None
    counts: dict[str, int] = Field(description="safe, can_work, need_help, away, silent")
    silent: list[str]
    in_need: list[str] = Field(description="to whom nobody was sent yet")

    @classmethod
    def of(cls, status: RollStatus) -> "RollCallAnswer":
        """A roll call."""
        roll = status.roll
        return cls(id=roll.id, shift=roll.shift, started_at=roll.started_at, answer_by=roll.answer_by,
                   closed_at=roll.closed_at, counts=status.counts, silent=list(status.silent),
                   in_need=list(status.in_need))  # fmt: skip


class PeopleAnswer(Answer):
    """The floor, duty hours, and care as counts only."""

    floor: dict[str, str] = Field(description="person or visitor → place")
    strain: list[StrainAnswer]
    care: dict[str, int] = Field(description="offered, accepted, declined")
    care_open: list[str] = Field(description="numbers of offers without an answer; no names are kept")


class TakingAnswer(Answer):
    """Pieces taken from the store; ``out`` are neither back nor explained."""

    id: str = Field(examples=["t1"])
    item: str
    count: int
    person: str
    at: datetime
    returned: int
    explained: int
    out: int

    @classmethod
    def of(cls, t: Taking) -> "TakingAnswer":
        """A taking."""
        return cls(id=t.id, item=t.item, count=t.count, person=t.person, at=t.at, returned=t.returned,
                   explained=t.explained, out=t.out)  # fmt: skip


class NeedAnswer(Answer):
    """So many pieces that the playbook takes from the store."""

    item: str
    count: int

    @classmethod
    def of(cls, need: MaterialNeed) -> "NeedAnswer":
        """A need."""
        return cls(item=need.item, count=need.count)


class MaterialsAnswer(Answer):
    """What the playbook wants from the store, and what was taken."""

    needs: list[NeedAnswer]
    takings: list[TakingAnswer]


class StockAnswer(Answer):
    """An item of the store as it stands."""

    item: str = Field(examples=["radios"])
    title: str
    place: str
    custodian: str
    par: int
    available: int | None
    out: int
    state: str = Field(description="ready, unchecked, overdue, faulty, below_par, expiring or expired")
    checked_at: datetime | None
    check_due: datetime | None
