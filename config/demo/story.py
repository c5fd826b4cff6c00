"""A story: a recording of events, when it begins to matter, and what scripted people do about it.

The stories stand in ``stories/*.yaml`` beside their recordings, which are files as ``tocsin send`` takes them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import msgspec
from pydantic import AwareDatetime, Field

from detectors.rule import Duration
from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.words import Scenario
from incident.intake.event import Event
from incident.intake.limits import Terms
from incident.intake.replay import read_events
from incident.intake.results import Ok
from incident.service.roster_file import Bilingual
from incident.yamlfile import Strict, load

STORIES = Path(__file__).parent / "stories"
ORDER = ("outage", "complaints", "leak")


class Label(Strict):
    """The moment from which delays count, in the recording's own time, and who says so."""

    at: AwareDatetime
    what: Bilingual


class Answer(Strict):
    """Somebody answers the alarm, ``after`` seconds from the opening, by signed link, REST API or desk command."""

    after: Duration
    by: str
    via: Literal["link", "api", "desk"]


class Act(Strict):
    """A command of the API (``do``) with its body; texts in it stand in both languages."""

    after: Duration
    by: str
    do: str
    fields: dict[str, Bilingual | str | int] = Field(default_factory=dict, alias="with")

    def body(self, language: str) -> dict[str, Any]:
        """The command's body in one language."""
        return {name: _in(value, language) for name, value in self.fields.items()}


class TaskPart(Strict):
    """How one task goes when it isn't simply done in time: at a set moment, late, or not at all.

    ``choice`` is what was decided or answered; a decision without one goes for its first option.
    """

    done: Duration | None = None
    late: Duration | None = None
    waive: Bilingual | None = None
    note: Bilingual | None = None
    choice: str = ""


class ClockPart(Strict):
    """What becomes of a reporting deadline: the receipt of the report, or the reason why none is needed.

    ``late`` is the reason given when the report went too late."""

    receipt: str = ""
    late: Bilingual | None = None
    not_required: Bilingual | None = None


class Story(Strict):
    """One story. ``says`` are the facts that go into messages, by field.

    ``moved_weeks`` shifts the recording, by whole weeks so that weekdays and hours stay.
    """

    version: Literal["demo-story/v1"] = Field(alias="schema")
    id: str
    title: Bilingual
    scenario: Scenario
    recording: str
    moved_weeks: int = Field(ge=0)
    begins: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    labelled: Label
    source: Bilingual
    outsider: str = ""
    answers: tuple[Answer, ...]
    acts: tuple[Act, ...]
    tasks: dict[str, TaskPart] = Field(default_factory=dict)
    clocks: dict[str, ClockPart] = Field(default_factory=dict)
    says: dict[str, Bilingual] = Field(default_factory=dict)

    @property
    def labelled_at(self) -> datetime:
        """The labelled moment on the demo's clock, UTC."""
        return (self.labelled.at + timedelta(weeks=self.moved_weeks)).astimezone(UTC)

    def events(self, folder: Path = STORIES) -> Iterator[Event]:
        """The recording on the demo's clock, oldest first. Raises BadInput when a line is no event."""
        shift = timedelta(weeks=self.moved_weeks).total_seconds()
        stream = BytesIO((folder / self.recording).read_bytes())
        for result in read_events(stream, self.recording, Terms(now=self.until.timestamp())):
            if not isinstance(result, Ok) or not isinstance(result.item, Event):
                raise BadInput(
                    said("{recording}:{index}: is no event", recording=self.recording, index=result.index),
                    remedy="mend this line",
                )
            yield msgspec.structs.replace(result.item, time=result.item.time + shift)


def _in(value: Bilingual | str | int, language: str) -> str | int:
    return value.text.in_(language) if isinstance(value, Bilingual) else value


def load_stories(folder: Path = STORIES) -> list[Story]:
    """The three stories in the order in which they are told."""
    return [load(folder / f"{name}.yaml", Story) for name in ORDER]
