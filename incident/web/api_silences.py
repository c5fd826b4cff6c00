"""The API of silences and maintenance windows."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from incident.domain.suppression import Maintenance, Silence
from incident.web.api_incidents import aware
from incident.web.api_models import ERRORS, NOT_FOUND, Answer
from incident.web.bounded import BoundedRoute
from incident.web.gate import Parts, Program
from incident.web.matchers import in_text, parse_matchers

router = APIRouter(prefix="/api/v1", tags=["silences"], route_class=BoundedRoute)
A_MONTH_MIN = 60 * 24 * 30


class NewSilence(BaseModel):
    """Hold back signals that match all of ``matchers``."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"matchers": ["service=ivr"], "reason": "known fault", "minutes": 120}]},
    )

    matchers: list[str] = Field(
        min_length=1, max_length=20, description='label=value, !=, =~, !~; e.g. queue=~"bill.*"'
    )
    reason: str = Field(min_length=1, max_length=1000)
    minutes: int = Field(ge=1, le=A_MONTH_MIN)
    starts_at: datetime | None = Field(default=None, description="now, if left out")


class NewMaintenance(BaseModel):
    """Announce planned work on services."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"services": ["crm"], "reason": "upgrade to 8.2", "minutes": 90}]},
    )

    services: list[str] = Field(min_length=1, max_length=50)
    reason: str = Field(min_length=1, max_length=1000)
    minutes: int = Field(ge=1, le=A_MONTH_MIN)
    starts_at: datetime | None = Field(default=None, description="now, if left out")


class SilenceAnswer(Answer):
    """A silence that holds or is to come."""

    id: str
    matchers: list[str]
    starts_at: datetime
    ends_at: datetime
    by: str
    reason: str

    @classmethod
    def of(cls, silence: Silence) -> "SilenceAnswer":
        """A silence with its matchers as text."""
        return cls(
            id=silence.id, matchers=[in_text(matcher) for matcher in silence.matchers], starts_at=silence.starts_at,
            ends_at=silence.ends_at, by=silence.by, reason=silence.reason,
        )  # fmt: skip


class MaintenanceAnswer(Answer):
    """A maintenance window that holds or is to come."""

    id: str
    services: list[str]
    starts_at: datetime
    ends_at: datetime
    by: str
    reason: str

    @classmethod
    def of(cls, window: Maintenance) -> "MaintenanceAnswer":
        """A window."""
        return cls(
            id=window.id, services=list(window.services), starts_at=window.starts_at, ends_at=window.ends_at,
            by=window.by, reason=window.reason,
        )  # fmt: skip


@router.get("/silences", summary="Silences", responses=ERRORS)
def list_silences(parts: Parts, _reader: Program) -> list[SilenceAnswer]:
    """Those that have not ended."""
    with parts.read() as store:
        return [SilenceAnswer.of(silence) for silence in store.silences.silences(parts.clock.now())]


@router.post("/silences", summary="Begin a silence", status_code=201, responses=ERRORS)
def add_silence(parts: Parts, reader: Program, body: NewSilence) -> SilenceAnswer:
    """Signals that match are held back, named as silenced, and looked at again when it ends."""
    by = reader.actor()
    silence = parts.desk.silence(
        parse_matchers("\n".join(body.matchers)), by=by, reason=body.reason, lasts=timedelta(minutes=body.minutes),
        starts_at=aware(body.starts_at, reader, "starts_at"),
    )  # fmt: skip
    return SilenceAnswer.of(silence)


@router.get("/maintenance", summary="Maintenance windows", responses=ERRORS)
def list_windows(parts: Parts, _reader: Program) -> list[MaintenanceAnswer]:
    """Those that have not ended."""
    with parts.read() as store:
        return [MaintenanceAnswer.of(window) for window in store.silences.windows(parts.clock.now())]


@router.post("/maintenance", summary="Announce maintenance", status_code=201, responses=ERRORS)
def add_window(parts: Parts, reader: Program, body: NewMaintenance) -> MaintenanceAnswer:
    """Signals of these services are expected for that time; leaks are never held back by it."""
    by = reader.actor()
    window = parts.desk.maintenance(
        tuple(body.services), by=by, reason=body.reason, lasts=timedelta(minutes=body.minutes),
        starts_at=aware(body.starts_at, reader, "starts_at"),
    )  # fmt: skip
    return MaintenanceAnswer.of(window)


@router.delete("/silences/{silence_id}", summary="End a silence or window", status_code=204, responses=NOT_FOUND)
def end_silence(silence_id: str, parts: Parts, reader: Program) -> Response:
    """Ends it now; what it held back is looked at again."""
    reader.actor()
    parts.desk.end_silence(silence_id)
    return Response(status_code=204)
