"""``tocsin incident open|ack|…``: one command of the domain each, in somebody's name, straight on the database."""

from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.acting import At, Make, Note, Reason
from config.cli.acting import act as carry_out
from config.cli.base import As, IncidentId, command
from config.cli.context import Cli
from incident.domain import commands as c
from incident.domain.words import Degree, Group, Scenario

if TYPE_CHECKING:
    from incident.domain.incident import Incident

TaskId = Annotated[str, typer.Argument(metavar="TASK", help="Id of the task, see: tocsin incident tasks")]
DEGREES = {"low": Degree.LOW, "medium": Degree.MEDIUM, "high": Degree.HIGH}


def add_to(app: typer.Typer) -> None:
    """Register all of them."""
    for register in (_opening, _answering, _judging, _noting, _tasks, _closing, _linking, _improving):
        register(app)


def act(cli: Cli, as_: str, at: str, make: Make) -> None:
    """Carry out what ``make`` makes of person and time, and say how the incident stands afterwards."""
    done = carry_out(cli, as_, at, make)
    _told(cli, done, as_)


def _told(cli: Cli, incident: "Incident", by: str) -> None:
    from config.cli.incident_lines import incident_data, title
    from incident.report.words import LEVELS, STATUSES
    from incident.service.redaction import Viewer

    if cli.json:
        cli.data(incident_data(incident, Viewer(by, "responder")))
        return
    cli.say(f"{incident.id}  {title(cli, cli.words(incident.title), drill=incident.drill is not None)}", style="bold")
    cli.say(f"{cli.t(LEVELS[incident.level])} · {cli.t(STATUSES[incident.status.value])}")


def _opening(app: typer.Typer) -> None:
    @command(
        app, "open", example='tocsin incident open system-outage "CRM can\'t be reached" --impact high --as huang-li'
    )
    def open_incident(
        cli: Cli,
        scenario: Annotated[Scenario, typer.Argument(help="What kind of incident it is")],
        title: Annotated[str, typer.Argument(help="What happened, in one line")],
        description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What is known so far")] = "",
        impact: Annotated[str, typer.Option("--impact", metavar="low|medium|high", help="How many are hit")] = "medium",
        urgency: Annotated[
            str, typer.Option("--urgency", metavar="low|medium|high", help="How fast it grows worse")
        ] = "medium",
        label: Annotated[
            list[str] | None,
            typer.Option("--label", metavar="NAME=VALUE", help="What it is about, such as service=crm"),
        ] = None,
        restricted: Annotated[bool, typer.Option("--restricted", help="Show it to those in it alone")] = False,
        as_: As = "",
        at: At = "",
    ) -> None:
        """Raise the alarm: open an incident

        Anyone can. The playbook is activated and people are paged at once. A data leak is restricted by itself.
        """
        from config.cli.house import house
        from config.cli.when import moment

        with house(cli) as parts:
            by = parts.actor(cli, as_)
            report = c.ReportIncident(
                by=by, scenario=scenario, title=title, description=description, impact=_degree(cli, impact),
                urgency=_degree(cli, urgency), labels=_labels(cli, label or []), at=moment(cli, at, cli.zone),
                restricted=restricted,
            )  # fmt: skip
            _told(cli, parts.desk.report(report), by)


def _answering(app: typer.Typer) -> None:
    @command(app, "ack", example="tocsin incident ack INC-2026-0001 --as zhou-wei")
    def ack(cli: Cli, incident: IncidentId, as_: As = "", at: At = "") -> None:
        """Acknowledge: you have it, the calls stop

        Doing it again changes nothing.
        """
        act(cli, as_, at, lambda by, when: c.Acknowledge(incident_id=incident, by=by, at=when, via="cli"))

    @command(
        app, "escalate", example='tocsin incident escalate INC-2026-0001 --reason "needs the supplier" --as he-jun'
    )
    def escalate(cli: Cli, incident: IncidentId, reason: Reason, as_: As = "", at: At = "") -> None:
        """Call the next people now"""
        act(cli, as_, at, lambda by, when: c.Escalate(incident_id=incident, by=by, at=when, reason=reason))

    @command(app, "lead", example='tocsin incident lead INC-2026-0001 response --note "taking over" --as wu-hao')
    def lead(
        cli: Cli,
        incident: IncidentId,
        group: Annotated[Group, typer.Argument(help="The group to lead")],
        note: Note = "",
        as_: As = "",
        at: At = "",
    ) -> None:
        """Take the lead of a group, with the hand-over in words"""
        act(cli, as_, at, lambda by, when: c.TakeLead(incident_id=incident, by=by, at=when, group=group, note=note))


def _judging(app: typer.Typer) -> None:
    @command(app, "level", example='tocsin incident level INC-2026-0001 2 --reason "all sites are hit" --as zhou-wei')
    def level(
        cli: Cli,
        incident: IncidentId,
        level: Annotated[int, typer.Argument(min=1, max=4, help="1 (gravest) to 4")],
        reason: Reason,
        as_: As = "",
        at: At = "",
    ) -> None:
        """Set the level, with the reason"""
        act(
            cli,
            as_,
            at,
            lambda by, when: c.ChangeLevel(incident_id=incident, by=by, at=when, level=level, reason=reason),
        )

    @command(
        app, "audience", example='tocsin incident audience INC-2026-0001 sun-qian --reason "legal advice" --as zhou-wei'
    )
    def audience(
        cli: Cli,
        incident: IncidentId,
        person: Annotated[str, typer.Argument(help="Id of the person")],
        reason: Reason,
        remove: Annotated[bool, typer.Option("--remove", help="Take the person out again")] = False,
        as_: As = "",
        at: At = "",
    ) -> None:
        """Let somebody into a restricted incident, or take them out"""
        from config.cli.house import house
        from config.cli.when import moment

        with house(cli) as parts:
            by, who = parts.actor(cli, as_), person if remove else parts.person(person).id
            when = moment(cli, at, cli.zone)
            change = c.ChangeAudience(incident_id=incident, by=by, at=when, person=who, add=not remove, reason=reason)
            _told(cli, parts.desk.do(change), by)


def _noting(app: typer.Typer) -> None:
    @command(
        app, "note", example='tocsin incident note INC-2026-0001 "supplier called, 30 min" --kind update --as he-jun'
    )
    def note(
        cli: Cli,
        incident: IncidentId,
        text: Annotated[str, typer.Argument(help="What to write into the log")],
        kind: Annotated[
            str, typer.Option("--kind", metavar="note|decision|update|cause|after_care", help="What it is")
        ] = "note",
        as_: As = "",
        at: At = "",
    ) -> None:
        """Write into the log: a note, a decision, a situation update"""
        act(cli, as_, at, lambda by, when: c.AddNote(incident_id=incident, by=by, at=when, text=text, kind=kind))

    @command(app, "fact", example="tocsin incident fact INC-2026-0001 customers_affected 1200 --as huang-li")
    def fact(
        cli: Cli,
        incident: IncidentId,
        name: Annotated[str, typer.Argument(help="Name of the figure")],
        value: Annotated[str, typer.Argument(help="Its value")],
        as_: As = "",
        at: At = "",
    ) -> None:
        """Record a figure on the impact"""
        act(cli, as_, at, lambda by, when: c.SetFact(incident_id=incident, by=by, at=when, fact=name, value=value))


def _tasks(app: typer.Typer) -> None:
    @command(app, "start", example="tocsin incident start INC-2026-0001 assess --as he-jun")
    def start(cli: Cli, incident: IncidentId, task: TaskId, as_: As = "", at: At = "") -> None:
        """Begin a task"""
        act(cli, as_, at, lambda by, when: c.StartTask(incident_id=incident, by=by, at=when, task_id=task))

    @command(app, "done", example='tocsin incident done INC-2026-0001 assess --note "one trunk down" --as he-jun')
    def done(cli: Cli, incident: IncidentId, task: TaskId, note: Note = "", as_: As = "", at: At = "") -> None:
        """Finish a task"""
        act(
            cli, as_, at, lambda by, when: c.CompleteTask(incident_id=incident, by=by, at=when, task_id=task, note=note)
        )

    @command(
        app, "waive", example='tocsin incident waive INC-2026-0001 callback --reason "no call was lost" --as huang-li'
    )
    def waive(cli: Cli, incident: IncidentId, task: TaskId, reason: Reason, as_: As = "", at: At = "") -> None:
        """Decide that a task is not needed, with the reason"""
        act(
            cli,
            as_,
            at,
            lambda by, when: c.WaiveTask(incident_id=incident, by=by, at=when, task_id=task, reason=reason),
        )

    @command(
        app, "reopen-task", example='tocsin incident reopen-task INC-2026-0001 assess --reason "scope grew" --as he-jun'
    )
    def reopen_task(cli: Cli, incident: IncidentId, task: TaskId, reason: Reason, as_: As = "", at: At = "") -> None:
        """Open a finished task again, with the reason"""
        act(
            cli,
            as_,
            at,
            lambda by, when: c.ReopenTask(incident_id=incident, by=by, at=when, task_id=task, reason=reason),
        )


def _closing(app: typer.Typer) -> None:
    @command(app, "mitigate", example='tocsin incident mitigate INC-2026-0001 --note "calls diverted" --as he-jun')
    def mitigate(cli: Cli, incident: IncidentId, note: Note = "", as_: As = "", at: At = "") -> None:
        """The harm is contained"""
        act(cli, as_, at, lambda by, when: c.Mitigate(incident_id=incident, by=by, at=when, note=note))

    @command(app, "resolve", example='tocsin incident resolve INC-2026-0001 --cause "trunk failure" --as he-jun')
    def resolve(
        cli: Cli,
        incident: IncidentId,
        cause: Annotated[str, typer.Option("--cause", metavar="TEXT", help="Why it happened")] = "",
        process: Annotated[str, typer.Option("--process", metavar="TEXT", help="How it was handled")] = "",
        after_care: Annotated[str, typer.Option("--after-care", metavar="TEXT", help="What is done afterwards")] = "",
        as_: As = "",
        at: At = "",
    ) -> None:
        """The service is back; the three texts go into the report"""
        act(
            cli, as_, at,
            lambda by, when: c.Resolve(
                incident_id=incident, by=by, at=when, cause=cause, process=process, after_care=after_care
            ),
        )  # fmt: skip

    @command(app, "end", example='tocsin incident end INC-2026-0001 --statement "stable for 30 min" --as zhou-wei')
    def end(
        cli: Cli,
        incident: IncidentId,
        statement: Annotated[str, typer.Option("--statement", metavar="TEXT", help="What you sign")] = "",
        override: Annotated[
            str, typer.Option("--override", metavar="REASON", help="Why it ends although something is still open")
        ] = "",
        as_: As = "",
        at: At = "",
    ) -> None:
        """Sign off: the incident ends and the report is issued"""
        if not override:
            _nothing_open(cli, incident, as_)
        act(
            cli, as_, at,
            lambda by, when: c.End(incident_id=incident, by=by, at=when, statement=statement, override=override),
        )  # fmt: skip

    @command(app, "reopen", example='tocsin incident reopen INC-2026-0001 --reason "fault is back" --as he-jun')
    def reopen(cli: Cli, incident: IncidentId, reason: Reason, as_: As = "", at: At = "") -> None:
        """It is not over: open the incident again"""
        act(cli, as_, at, lambda by, when: c.Reopen(incident_id=incident, by=by, at=when, reason=reason))


def _nothing_open(cli: Cli, incident: str, as_: str) -> None:
    """Raises BadInput that names everything that keeps a recovered incident from ending."""
    from config.cli.house import house
    from incident.domain.errors import BadInput
    from incident.domain.incident import Status
    from incident.domain.said import said
    from incident.report.ending import still_open

    with house(cli) as parts:
        found = parts.views.incident(parts.viewer(as_), incident)
        told = still_open(found, parts.names, parts.clock.now()) if found.status is Status.RESOLVED else []
    if told:
        remedy = "finish or waive these, or end it with a reason (--override)"
        what = said("{incident} is not done", incident=incident)
        raise BadInput(what, remedy=remedy, faults=tuple(map(cli.words, told)))


def _linking(app: typer.Typer) -> None:
    @command(app, "link", example="tocsin incident link INC-2026-0002 INC-2026-0001 --relation caused_by --as huang-li")
    def link(
        cli: Cli,
        incident: IncidentId,
        other: Annotated[str, typer.Argument(help="Number of the other incident")],
        relation: Annotated[
            str, typer.Option("--relation", metavar="caused_by|causes|related", help="How they hang together")
        ] = "related",
        as_: As = "",
        at: At = "",
    ) -> None:
        """Link an incident to another one"""
        from config.cli.house import house

        with house(cli) as parts:
            parts.views.incident(parts.viewer(as_), other)  # raises NotFound
        act(
            cli, as_, at,
            lambda by, when: c.LinkIncident(incident_id=incident, by=by, at=when, other=other, relation=relation),
        )  # fmt: skip

    @command(
        app,
        "split",
        example='tocsin incident split INC-2026-0001 3f2a9c81 --reason "another fault" --as huang-li',
    )
    def split(
        cli: Cli,
        incident: IncidentId,
        signals: Annotated[list[str], typer.Argument(metavar="SIGNAL...", help="Ids of signals, or their beginnings")],
        reason: Reason,
        as_: As = "",
        at: At = "",
    ) -> None:
        """Take signals that are about something else out, into an incident of their own

        Its number is printed. It has its own playbook, people and pages; the two are linked.
        """
        from config.cli.house import house
        from config.cli.signals import the_signal

        with house(cli) as parts:
            whole = tuple(the_signal(parts, as_, one).signal.id for one in signals)
        act(
            cli, as_, at,
            lambda by, when: c.SplitSignals(incident_id=incident, by=by, at=when, signals=whole, reason=reason),
        )  # fmt: skip


def _improving(app: typer.Typer) -> None:
    @command(
        app,
        "action",
        example='tocsin incident action INC-2026-0001 "second trunk" --owner it_head --as zhou-wei',
    )
    def action(
        cli: Cli,
        incident: IncidentId,
        text: Annotated[str, typer.Argument(help="What is to be improved")],
        owner: Annotated[str, typer.Option("--owner", metavar="POSITION", help="Position or person who sees to it")],
        due: Annotated[str, typer.Option("--due", metavar="TIME", help="By when")] = "",
        as_: As = "",
        at: At = "",
    ) -> None:
        """Agree on an improvement, with owner and date"""
        from config.cli.when import moment

        by_when = moment(cli, due, cli.zone)
        act(
            cli, as_, at,
            lambda by, when: c.OpenAction(incident_id=incident, by=by, at=when, text=text, owner=owner, due_at=by_when),
        )  # fmt: skip

    @command(app, "action-done", example="tocsin incident action-done INC-2026-0001 a1 --as wang-lei")
    def action_done(
        cli: Cli,
        incident: IncidentId,
        action: Annotated[str, typer.Argument(help="Id of the improvement")],
        note: Note = "",
        as_: As = "",
        at: At = "",
    ) -> None:
        """Mark an improvement as made"""
        act(
            cli, as_, at,
            lambda by, when: c.CompleteAction(incident_id=incident, by=by, at=when, action_id=action, note=note),
        )  # fmt: skip


def _degree(cli: Cli, text: str) -> Degree:
    if text.lower() not in DEGREES:
        cli.misuse("'{text}' is not low, medium or high", text=text)
    return DEGREES[text.lower()]


def _labels(cli: Cli, texts: list[str]) -> dict[str, str]:
    for text in texts:
        if not text.partition("=")[0].strip() or "=" not in text:
            cli.misuse("'{text}' is not a label; write it like service=crm", text=text)
    return {name.strip(): value.strip() for name, _, value in (text.partition("=") for text in texts)}
