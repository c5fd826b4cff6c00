"""``tocsin playbook``: which plans there are, whether they hold water, and what they would set going."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import command, group
from config.cli.context import Cli
from incident.domain.said import said

if TYPE_CHECKING:
    from config.cli.papers import Papers
    from playbooks.loader import Loaded

app = group("Playbooks: the plans incidents are run by")
PlaybookOrFile = Annotated[str, typer.Argument(metavar="PLAYBOOK", help="Id of a playbook, or a file")]
PlaybookId = Annotated[str, typer.Argument(metavar="ID", help="Id of the playbook, see: tocsin playbook list")]


@command(app, "list", example="tocsin playbook list")
def list_playbooks(cli: Cli) -> None:
    """List the playbooks in use, shipped ones and your own"""
    from config.cli.papers import papers
    from incident.report.words import SCENARIOS
    from playbooks.loader import LIBRARY

    parts = papers(cli)
    found = list(parts.playbooks.values())
    if cli.json:
        cli.data([
            {"id": one.plan.id, "version": one.plan.version, "title": one.plan.title, "hash": one.plan.hash,
             "scenario": one.plan.scenario.value, "shipped": one.path.parent == LIBRARY, "file": str(one.path),
             "tasks": len(one.plan.tasks)}
            for one in found
        ])  # fmt: skip
        return
    rows = (
        (one.plan.id, one.plan.version, cli.t(SCENARIOS[one.plan.scenario]), cli.words(one.plan.title),
         len(one.plan.tasks), cli.t("shipped") if one.path.parent == LIBRARY else str(one.path))
        for one in found
    )  # fmt: skip
    cli.table(("Playbook", "Version", "Scenario", "Title", "Tasks", "Origin"), rows, empty="No playbooks.")


@command(app, "check", example="tocsin playbook check playbooks/our-outage.yaml")
def check(
    cli: Cli,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files or directories to check")],
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="Hold it against who is on duty then")] = "",
) -> None:
    """Check playbook files; every fault is named with its line

    Ends with 1 when there is one. Positions are held against your people.yaml.
    """
    from config.cli.papers import papers
    from config.cli.sentences import in_language
    from config.cli.when import moment
    from playbooks.checking import check_files

    parts = papers(cli)
    found = check_files(files, moment(cli, at, cli.zone) or parts.clock.now(), parts.roster, parts.settings.own)
    if cli.json:
        cli.data({"ok": not found.faults, "faults": list(found.faults), "advice": list(found.advice)})
    else:
        for fault in found.faults:
            cli.say(in_language(fault, cli.t), style="red")
        if found.advice:
            cli.say(cli.t("Worth a thought:"), style="bold")
        for line in found.advice:
            cli.say(in_language(line, cli.t))
        if not found.faults:
            cli.say(cli.t("No faults."), style="green")
    if found.faults:
        raise typer.Exit(1)


@command(app, "show", example="tocsin playbook show system-outage")
def show(cli: Cli, playbook: PlaybookId) -> None:
    """Show a playbook: groups and tasks by phase"""
    from config.cli.papers import papers
    from incident.report.words import GROUPS, PHASES, SCENARIOS

    parts = papers(cli)
    plan = _find(parts, playbook).plan
    if cli.json:
        import msgspec

        cli.data(msgspec.to_builtins(plan, enc_hook=str, str_keys=True))
        return
    cli.say(f"{plan.id}  {cli.words(plan.title)}", style="bold")
    cli.facts((
        ("Version", plan.version), ("Scenario", cli.t(SCENARIOS[plan.scenario])), ("Hash", plan.hash),
        ("Source", ", ".join(plan.source)),
    ))  # fmt: skip
    cli.say()
    names = parts.names
    cli.table(
        ("Group", "Head", "Deputies", "Members"),
        (
            (cli.t(GROUPS[g.group]), cli.words(names.position(g.head)),
             ", ".join(cli.words(names.position(p)) for p in g.deputies),
             ", ".join(cli.words(names.position(p)) for p in g.members))
            for g in plan.groups
        ),
        empty="No groups.",
    )  # fmt: skip
    cli.say()
    cli.table(
        ("Phase", "Task", "What", "Who", "Source"),
        (
            (
                cli.t(PHASES[t.phase]),
                t.id,
                cli.words(t.title),
                cli.words(names.position(t.owner)),
                ", ".join(t.source),
            )
            for t in plan.tasks
        ),
        empty="No tasks.",
    )


@command(app, "clauses", example="tocsin playbook clauses")
def clauses(cli: Cli) -> None:
    """Show which clause of the two documents each playbook covers, and by how many tasks

    Ends with 1 when no playbook covers a clause. With --json the tasks are named.
    """
    from config.cli.papers import papers
    from playbooks.clauses import CLAUSES, IN_EVERY_PLAYBOOK, coverage

    plans = [one.plan for one in papers(cli).playbooks.values()]
    table = coverage(plans)
    bare = [clause for clause, tasks in table.items() if not any(tasks.values())]
    gaps = [(clause, plan) for clause in IN_EVERY_PLAYBOOK for plan in plans if not table[clause][plan.id]]
    if cli.json:
        rows = [{"clause": c, "says": CLAUSES[c], "tasks": table[c]} for c in CLAUSES]
        cli.data({"clauses": rows, "uncovered": bare, "gaps": [{"clause": c, "playbook": p.id} for c, p in gaps]})
    else:
        counts = ((c, cli.words(CLAUSES[c]), *(len(table[c][p.id]) or "—" for p in plans)) for c in CLAUSES)
        cli.table(("Clause", "Says", *(cli.words(plan.title) for plan in plans)), counts, empty="No playbooks.")
        for clause, plan in gaps:
            cli.say(cli.t("Not covered: {a}").format(a=f"{clause} {plan.id}"), style="yellow")
        for clause in bare:
            cli.say(cli.t("Not covered: {a}").format(a=clause), style="red")
    if bare:
        raise typer.Exit(1)


@command(app, "plan", example="tocsin playbook plan system-outage --level 1 --fact affected_pct=60")
def plan(
    cli: Cli,
    playbook: PlaybookOrFile,
    level: Annotated[int, typer.Option("--level", min=1, max=4, help="1 (gravest) to 4")] = 3,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="If it began at this time instead of now")] = "",
    fact: Annotated[
        list[str] | None,
        typer.Option("--fact", metavar="NAME=VALUE", help="Something known at the start; may be repeated"),
    ] = None,
    drill: Annotated[bool, typer.Option("--drill", help="As a drill would run it")] = False,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write a Gantt chart as SVG")] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid chart instead of tables")] = False,
) -> None:
    """Say who would be called and what would be due when, if it began now

    Nothing is done and nobody is called.
    """
    from config.cli.papers import papers
    from config.cli.playbook_plan import as_data, facts_of, print_forecast
    from config.cli.when import moment
    from playbooks import drawing
    from playbooks.command import command_planner
    from playbooks.forecast import forecast

    parts = papers(cli)
    loaded = _loaded(parts, playbook)
    chosen, start = loaded.plan, moment(cli, at, cli.zone) or parts.clock.now()
    crisis = command_planner({chosen.id: loaded}, parts.settings.own).crisis_of(chosen)
    said = facts_of(cli, chosen, fact or [])
    found = forecast(chosen, parts.roster, start, level, said, drill=drill, crisis=crisis)
    if svg is not None:
        svg.write_text(drawing.gantt_svg(found, parts.roster, cli.language), "utf-8")
    if cli.json:
        cli.data(as_data(found))
    elif mermaid:
        cli.say(drawing.mermaid(found, parts.roster, cli.language).rstrip())
    else:
        print_forecast(cli, parts, found)


@command(app, "diff", example="tocsin playbook diff system-outage playbooks/system-outage.yaml")
def diff(
    cli: Cli,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Id of a playbook, or a file")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Id of a playbook, or a file")],
) -> None:
    """Say what changes for people from one version to another"""
    from config.cli.papers import papers
    from playbooks.diff import changes

    parts = papers(cli)
    found = changes(_compared(parts, old).plan, _compared(parts, new).plan, parts.roster)
    if cli.json:
        cli.data([{"kind": change.kind, "where": change.where, "text": change.text} for change in found])
        return
    signs = {"added": "+", "removed": "-", "changed": "~"}
    for change in found:
        cli.say(f"{signs[change.kind]} {cli.words(change.text)}")
    if not found:
        cli.say(cli.t("Nothing changes for anybody."))


@command(app, "new", example="tocsin playbook new power-cut --scenario other --out playbooks/power-cut.yaml")
def new(
    cli: Cli,
    playbook: Annotated[str, typer.Argument(metavar="ID", help="Id of the new playbook")],
    scenario: Annotated[str, typer.Option("--scenario", help="The scenario it is for")] = "",
    source: Annotated[str, typer.Option("--from", metavar="ID", help="Start from this playbook")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file")] = None,
) -> None:
    """Write a new playbook from a template, or from one that is there"""
    from config.cli.papers import papers
    from incident.domain.words import Scenario
    from playbooks.templates import BLANK, new_playbook

    if scenario and scenario not in set(Scenario):
        cli.misuse("unknown scenario '{a}'; one of {b}", a=scenario, b=", ".join(Scenario))
    parts = papers(cli)
    file = _loaded(parts, source).path if source else BLANK
    _write(cli, new_playbook(playbook, _today(cli), Scenario(scenario) if scenario else None, file), out)


@command(app, "schema", example="tocsin playbook schema > playbook.schema.json")
def schema(cli: Cli) -> None:
    """Print the JSON Schema of playbook files, for editors that complete and check them"""
    from playbooks.describe import schema_text

    sys.stdout.write(schema_text())


@command(app, "export", example="tocsin playbook export system-outage --out system-outage.cacao.json")
def export(
    cli: Cli,
    playbook: PlaybookOrFile,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file")] = None,
) -> None:
    """Print a playbook as CACAO 2.0, for other response tools"""
    import json

    from config.cli.papers import papers
    from playbooks.cacao import to_cacao

    parts = papers(cli)
    one = _loaded(parts, playbook)
    found = to_cacao(one.plan, parts.roster, cli.language, one.spec.approved.on, parts.clock.now())
    _write(cli, json.dumps(found, ensure_ascii=False, indent=2) + "\n", out)


@command(app, "import", example="tocsin playbook import other.cacao.json --id phishing > playbooks/phishing.yaml")
def import_(
    cli: Cli,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CACAO 2.0 playbook as JSON")],
    playbook: Annotated[str, typer.Option("--id", help="Id of the new playbook")] = "imported",
    owner: Annotated[str, typer.Option("--owner", help="Position that does the steps")] = "tech_support",
    backup: Annotated[str, typer.Option("--backup", help="Position that stands in")] = "service_supervisor",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file")] = None,
) -> None:
    """Make a draft playbook of the manual steps of a CACAO 2.0 playbook"""
    from incident.yamlfile import text_of
    from playbooks.cacao_import import manual_steps, parse_cacao
    from playbooks.templates import imported_playbook

    found = manual_steps(parse_cacao(text_of(file), str(file)))
    for name in found.left_out:
        cli.note(cli.t("Left out, a machine does it: {a}").format(a=name))
    if cli.json:
        fields = ("id", "title", "detail", "agent", "needs")
        steps = [{field: getattr(step, field) for field in fields} for step in found.steps]
        cli.data({"name": found.name, "steps": steps, "left_out": list(found.left_out)})
        return
    _write(cli, imported_playbook(found, playbook, _today(cli), owner, backup), out)


def _write(cli: Cli, text: str, out: Path | None) -> None:
    """To a file that is not there yet, else to standard output."""
    from incident.domain.errors import BadInput

    if out is None:
        sys.stdout.write(text)
        return
    if out.exists():
        raise BadInput(said("{file} is there already", file=out), remedy="name another file, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)  # the first playbook of one's own: there is no folder yet
    out.write_text(text, "utf-8")
    cli.say(cli.t("Written: {a}").format(a=out))


def _today(cli: Cli) -> date:
    from config.cli.papers import papers

    return papers(cli).clock.now().astimezone(cli.zone).date()


def _loaded(parts: "Papers", playbook: str) -> "Loaded":
    """A playbook in use by its id, or any file by its path."""
    from playbooks.loader import load_file

    if playbook not in parts.playbooks and Path(playbook).suffix in {".yaml", ".yml"}:
        return load_file(Path(playbook), parts.roster)
    return _find(parts, playbook)


def _compared(parts: "Papers", playbook: str) -> "Loaded":
    """The same, or a shipped one that one's own has replaced: it never runs, but it is what one's own came from."""
    from playbooks.loader import load

    shipped = None if playbook in parts.playbooks else load().get(playbook)
    return shipped or _loaded(parts, playbook)


def _find(parts: "Papers", playbook: str) -> "Loaded":
    import difflib

    from incident.domain.errors import NotFound

    if playbook not in parts.playbooks:
        close = difflib.get_close_matches(playbook, parts.playbooks, n=1)
        remedy = (
            said("did you mean '{name}'?", name=close[0])
            if close
            else said("one of {names}", names=", ".join(parts.playbooks))
        )
        raise NotFound(said("There is no playbook '{playbook}'", playbook=playbook), remedy=remedy)
    return parts.playbooks[playbook]
