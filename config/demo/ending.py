"""The end of the demo: reports on disk, and the facts of each story as its report tells them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from config.demo.story import Story
from config.demo.world import DemoFault, World
from incident.domain.calls import ALARM
from incident.domain.incident import Incident
from incident.domain.words import Text
from incident.i18n import LANGUAGES
from incident.report.model import CallRow, Report
from incident.report.render import render_html, render_markdown
from incident.service.redaction import Viewer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one story. ``delay`` counts from the labelled moment, ``answered_after`` from the opening.

    ``silent`` were paged before somebody answered and did not answer. ``verdicts`` counts tasks by how they went.
    ``outside`` is what the API tells somebody who is not in a restricted incident.
    """

    story: Story
    incident_id: str
    title: Text
    level: int
    opened_at: datetime
    delay: timedelta
    pages: int
    people: int
    silent: tuple[Text, ...]
    answered_by: Text
    answered_after: timedelta
    via: str
    verdicts: dict[str, int]
    recovered_after: timedelta
    ended_at: datetime
    ended_by: Text
    files: tuple[Path, ...]
    outside: str


def outcome(world: World, story: Story, incident_id: str, home: Path) -> Outcome:
    """Write the story's reports into ``home`` and gather its facts. Raises DemoFault when it did not end."""
    with world.system.database.reading() as store:
        stored = store.reports.rows(incident_id)
    incident = world.incident(incident_id)
    if not stored or not incident.ended:
        raise DemoFault(f"{incident_id}: was not signed off")
    _, report = world.system.views.issued(Viewer(incident.ended_by, "responder"), stored[0].id)
    alarm = next(call for call in report.calls if call.id == ALARM)
    anchors, summary = report.summary.anchors, report.summary
    if alarm.answered_at is None or alarm.answered_by is None or summary.ended_by is None:
        raise DemoFault(f"{incident_id}: nobody answered or signed")
    pages = [page for call in report.calls for page in call.pages]
    return Outcome(
        story=story, incident_id=incident_id, title=summary.title, level=summary.worst_level,
        opened_at=anchors["opened"], delay=anchors["opened"] - story.labelled_at, pages=len(pages),
        people=len({page.person.en for page in pages}), silent=_silent(alarm), answered_by=alarm.answered_by,
        answered_after=alarm.answered_at - anchors["opened"], via=alarm.via, verdicts=_verdicts(report, incident),
        recovered_after=anchors["recovered"] - anchors["opened"], ended_at=anchors["ended"], ended_by=summary.ended_by,
        files=_write(world, report, home), outside=_outside(world, story, incident_id),
    )  # fmt: skip


def intact(world: World) -> int:
    """How many log entries there are, after checking every chain. Raises DemoFault when one is broken."""
    count = 0
    with world.system.database.reading() as store:
        for stream in store.log.streams():
            if fault := store.log.verify(stream):
                raise DemoFault(fault)
            count += len(store.log.entries(stream))
    return count


def _silent(alarm: CallRow) -> tuple[Text, ...]:
    before = [page.person for page in alarm.pages if not page.answered and page.delivered_at]
    first = alarm.pages[0].at
    early = {page.person.en for page in alarm.pages if page.at == first}
    return tuple(dict.fromkeys(person for person in before if person.en in early)) if alarm.rungs > 1 else ()


def _verdicts(report: Report, incident: Incident) -> dict[str, int]:
    """Tasks by how they went; those whose condition did not hold are ``not_needed``."""
    found: dict[str, int] = {}
    for row in report.tasks:
        task = incident.tasks.get(row.id)
        verdict = row.verdict if task is None or task.applicable or row.verdict != "open" else "not_needed"
        found[verdict] = found.get(verdict, 0) + 1
    return found


def _write(world: World, report: Report, home: Path) -> tuple[Path, ...]:
    settings = world.system.settings
    name = report.summary.incident_id
    found = []
    for language in LANGUAGES:
        path = home / f"{name}.{language}.html"
        path.write_text(render_html(report, language, settings.timezone), "utf-8")
        found.append(path)
    path = home / f"{name}.md"
    path.write_text(render_markdown(report, settings.language, settings.timezone), "utf-8")
    return (*found, path)


def _outside(world: World, story: Story, incident_id: str) -> str:
    if not story.outsider:
        return ""
    seen = world.ask(f"/api/v1/incidents/{incident_id}", story.outsider)
    if not seen["hidden"]:
        raise DemoFault(f"{incident_id}: is not hidden from {story.outsider}")
    return str(seen["title"])
