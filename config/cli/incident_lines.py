"""Incidents as the command line tells them: lines for people, stable keys for programs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from config.cli.context import Cli
from config.cli.house import House
from incident.domain.incident import Incident, Page
from incident.report.timeline import Line
from incident.report.words import (
    LEVELS,
    PAGE_STATUSES,
    PHASES,
    RELATIONS,
    SCENARIOS,
    STATUSES,
    TASK_STATUSES,
    channel_text,
)
from incident.service.redaction import Viewer, drill_mark, may_see
from incident.service.views import IncidentLine, TaskLine


def title(cli: Cli, text: str, *, drill: bool) -> str:
    """A title, marked when it belongs to a drill."""
    return drill_mark(text, drill=drill, language=cli.language)


def print_list(cli: Cli, lines: Sequence[IncidentLine]) -> None:
    """The incident list; of hidden ones the code name alone."""
    rows = (
        (
            line.id,
            line.level or "—",
            cli.t(STATUSES[line.status]) if line.status else "—",
            title(cli, cli.words(line.title), drill=line.drill),
            cli.t(SCENARIOS[line.scenario]) if line.scenario else "—",
            cli.time(line.opened_at),
        )
        for line in lines
    )
    cli.table(("Incident", "Level", "Status", "Title", "Scenario", "Opened"), rows, empty="No incidents.")


def line_data(line: IncidentLine) -> dict[str, Any]:
    """A line of the list for programs; what a hidden incident may not show is null."""
    return {
        "id": line.id, "title": line.title, "hidden": line.hidden, "restricted": line.restricted,
        "drill": line.drill, "status": line.status or None, "level": line.level, "scenario": line.scenario,
        "opened_at": line.opened_at, "updated_at": line.updated_at, "ended_at": line.ended_at,
    }  # fmt: skip


def incident_data(incident: Incident, viewer: Viewer) -> dict[str, Any]:
    """An incident for programs; hidden from this viewer it has its number, code name and mark alone."""
    hidden = not may_see(incident, viewer)
    found: dict[str, Any] = {
        "id": incident.id, "title": incident.title, "hidden": hidden, "restricted": incident.restricted,
        "drill": incident.drill is not None,
    }  # fmt: skip
    if hidden:
        return found
    return found | {
        "status": incident.status.value, "level": incident.level, "scenario": incident.scenario.value,
        "description": incident.description, "impact": int(incident.impact), "urgency": int(incident.urgency),
        "labels": incident.labels, "times": incident.anchors, "phase": incident.phase and incident.phase.value,
        "commander": incident.commander or None, "reported_by": incident.reported_by,
        "playbook": incident.plan.id if incident.plan else None, "facts": incident.facts, "links": incident.links,
        "signals_active": incident.signals_active, "audience": list(incident.audience),
        "tasks_done": sum(task.finished for task in incident.tasks.values()), "tasks": len(incident.tasks),
        "pages": [page_data(page) for page in incident.pages.values()], "version": incident.version,
    }  # fmt: skip


def page_data(page: Page) -> dict[str, Any]:
    """A page for programs."""
    return {
        "id": page.id, "person": page.person, "position": page.position, "reason": page.reason,
        "status": page.status.value, "via": page.via, "requested_at": page.requested_at,
        "delivered_at": page.delivered_at,
    }  # fmt: skip


def print_incident(cli: Cli, house: House, incident: Incident) -> None:
    """What somebody needs who has just been called: state, people, pages."""
    cli.say(f"{incident.id}  {title(cli, cli.words(incident.title), drill=incident.drill is not None)}", style="bold")
    done = sum(task.finished for task in incident.tasks.values())
    names = house.names
    cli.facts(
        (
            ("Level", cli.t(LEVELS[incident.level])),
            ("Status", cli.t(STATUSES[incident.status.value])),
            ("Scenario", cli.t(SCENARIOS[incident.scenario])),
            ("Description", incident.description),
            ("Opened", cli.time(incident.anchors.get("opened"))),
            ("Acknowledged", cli.time(incident.anchors.get("acknowledged"))),
            ("In command", cli.words(names.person(incident.commander)) if incident.commander else ""),
            ("Phase", cli.t(PHASES[incident.phase]) if incident.phase else ""),
            ("Playbook", cli.words(incident.plan.title) if incident.plan else ""),
            ("Tasks", f"{done}/{len(incident.tasks)}"),
            ("Signals", incident.signals_active),
            ("Labels", ", ".join(f"{name}={value}" for name, value in sorted(incident.labels.items()))),
            ("Facts", ", ".join(f"{name}={value}" for name, value in incident.facts.items())),
            ("Linked", ", ".join(f"{cli.t(RELATIONS[how])} {other}" for other, how in incident.links.items())),
        )
    )
    if incident.pages:
        cli.say()
        print_pages(cli, house, tuple(incident.pages.values()))


def print_pages(cli: Cli, house: House, pages: Sequence[Page]) -> None:
    """Who was called, how, and what became of it."""
    rows = (
        (
            cli.words(house.names.person(page.person)),
            cli.words(house.names.position(page.position)),
            cli.t(PAGE_STATUSES[page.status.value]),
            channel_text(page.via, cli.t) if page.via else "—",
            cli.time(page.requested_at, seconds=True),
        )
        for page in pages
    )
    cli.table(("Person", "Position", "Page", "Channel", "Requested"), rows, empty="Nobody was paged.")


def task_data(line: TaskLine) -> dict[str, Any]:
    """A task for programs."""
    task = line.task
    return {
        "id": task.plan.id, "title": task.plan.title, "phase": task.plan.phase.value, "group": task.plan.group.value,
        "status": task.status.value, "owner": task.plan.owner, "holder": line.holder, "due_at": line.due_at,
        "ready": line.ready, "overdue": line.overdue, "started_at": task.started_at, "finished_at": task.finished_at,
        "by": task.by or None, "note": task.note, "needs": list(task.plan.needs),
    }  # fmt: skip


def print_tasks(cli: Cli, lines: Sequence[TaskLine]) -> None:
    """The plan's tasks as they stand."""
    rows = (
        (
            line.task.plan.id,
            cli.t("overdue") if line.overdue else cli.t(TASK_STATUSES[line.task.status.value]),
            cli.words(line.task.plan.title),
            cli.words(line.holder or line.owner),
            cli.time(line.due_at),
            ", ".join(line.task.plan.needs) if not line.ready and not line.task.finished else "",
        )
        for line in lines
    )
    cli.table(("Task", "State", "What", "Who", "Due", "Waits for"), rows, empty="This incident has no tasks.")


def entry_data(line: Line) -> dict[str, Any]:
    """A timeline entry for programs."""
    return {
        "seq": line.seq, "occurred_at": line.occurred_at, "recorded_at": line.recorded_at, "actor": line.actor_id,
        "actor_name": line.actor, "kind": line.kind, "text": line.text, "late": line.late,
    }  # fmt: skip


def print_timeline(cli: Cli, lines: Sequence[Line]) -> None:
    """The log in words, in the order in which things happened."""
    ordered = sorted(lines, key=lambda line: (line.occurred_at, line.seq))
    rows = (
        (
            line.seq,
            cli.time(line.occurred_at, seconds=True),
            line.actor,
            line.text + (f" ({cli.t('entered late')})" if line.late else ""),
        )
        for line in ordered
    )
    cli.table(("No.", "Time", "By", "What"), rows, empty="The log is empty.")


def span(cli: Cli, length: timedelta | None) -> str:
    """A planned length of time: ``15 min``, ``2 h``; a dash for None."""
    from incident.report.reader import Reader

    return Reader(cli.language, cli.zone, cli.t).duration(length.total_seconds()) if length is not None else "—"
