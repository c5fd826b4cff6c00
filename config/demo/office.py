"""The scripted people at their desks: they keep messages going out, report to authorities, and count the store."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

from config.demo.story import ClockPart, Story
from config.demo.world import World
from incident.domain import crisis_commands as k
from incident.domain.crisis_clocks import clock_board
from incident.domain.crisis_plan import ClockTerms, Line
from incident.domain.crisis_views import next_message
from incident.domain.incident import Incident
from incident.domain.words import Text
from incident.intake.event import Event
from playbooks.command import CENTRE
from playbooks.comms.run import draft
from playbooks.materials import load_stock
from playbooks.materials_watch import CHECKED

EARLY = timedelta(minutes=2)
"""So long before it is due a message goes out."""
PACE = 0.5
"""Part of the time until its deadline that a report takes."""
USUAL = Text("见事件记录", "see the incident's log")
"""What stands in a gap for which the story has no words."""

Duty = tuple[tuple[str, str], datetime, Callable[[], None]]


class Holder(Protocol):
    """Says who holds the first of these positions that anybody holds now."""

    def __call__(self, *positions: str) -> str: ...


def duties(world: World, story: Story, incident: Incident, holder: Holder) -> Iterator[Duty]:
    """What command asks of people now: a name for each thing, when it is done, and how."""
    now = world.clock.now()
    for line in incident.crisis.plan.comms.lines if incident.crisis.plan else ():
        stage, due_at = next_message(incident, line)
        if due_at is not None:
            say = partial(_say, world, story, incident.id, line, stage, holder)
            yield ("line", f"{line.id}:{due_at.isoformat()}"), max(now, due_at - EARLY), say
    for one in clock_board(incident, now):
        terms = one.clock.terms
        part = story.clocks.get(terms.id)
        if part is not None and one.late_after is not None and not one.clock.settled:
            at = max(now + EARLY, now + (one.late_after - now) * PACE)
            yield ("clock", terms.id), at, partial(_report, world, incident.id, terms, part, holder)


def counted(world: World, story: Story) -> list[Event]:
    """The store was counted before the story begins, and all is there."""
    at = (story.begins - timedelta(minutes=30)).timestamp()
    stock = load_stock(world.system.settings.home / "materials.yaml").values()
    return [
        Event(id=str(uuid5(NAMESPACE_URL, f"{story.id}/{item.id}")), source="demo/store", type=CHECKED, time=at,
              data={"item": item.id, "count": item.par, "works": True})
        for item in stock
    ]  # fmt: skip


def _say(world: World, story: Story, incident_id: str, line: Line, stage: str, holder: Holder) -> None:
    incident = world.incident(incident_id)
    if next_message(incident, line)[0] != stage or stage not in line.templates:
        return
    fields = {name: story.says[name].text if name in story.says else USUAL for name in line.templates[stage].fields}
    now, zone = world.clock.now(), world.system.settings.timezone
    writer, approver = holder(line.owner), holder(line.approver, line.backup)
    write = draft(incident, line.id, stage, fields, now, by=writer, centre=CENTRE, timezone=zone)
    written = world.system.desk.do(write)
    last = next(reversed(written.crisis.drafts))
    world.system.desk.do(k.ApproveDraft(incident_id=incident_id, by=approver, draft_id=last))


def _report(world: World, incident_id: str, terms: ClockTerms, part: ClockPart, holder: Holder) -> None:
    by, desk, language = holder(terms.owner, terms.backup), world.system.desk, world.system.settings.language
    if part.not_required is None:
        late = part.late.text.in_(language) if part.late else ""
        desk.do(k.FileClock(
            incident_id=incident_id, by=by, clock_id=terms.id, receipt=part.receipt, late_reason=late))  # fmt: skip
        return
    reason = part.not_required.text.in_(language)
    desk.do(k.DecideClock(incident_id=incident_id, by=by, clock_id=terms.id, decision="not_required", reason=reason))
