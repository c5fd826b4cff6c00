"""A playbook's forecast on the command line: who would be called, what would be due when. Nothing is written."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from config.cli.context import Cli
from incident.domain.parts import Verdict
from incident.domain.plan import Plan
from incident.report.words import GROUPS, LEVELS, PHASES

if TYPE_CHECKING:
    from config.cli.papers import Papers
    from playbooks.forecast import Bar, Forecast


def facts_of(cli: Cli, plan: Plan, given: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` pairs. Ends with exit code 2 for one that is none, or names a fact the playbook doesn't know."""
    found: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or plan.var(name.strip()) is None:
            known = ", ".join(var.name for var in plan.vars)
            cli.misuse("'{a}' is no fact of this playbook; write NAME=VALUE with one of {b}", a=pair, b=known)
        found[name.strip()] = value.strip()
    return found


def as_data(found: "Forecast") -> dict[str, Any]:
    """The forecast for programs; times are in UTC."""
    return {
        "playbook": found.plan.id, "level": found.level, "at": found.at,
        "groups": [group.value for group in found.groups],
        "calls": [
            {"rung": c.rung, "at": c.at, "positions": list(c.positions), "people": list(c.people)} for c in found.calls
        ],
        "tasks": [
            {
                "id": b.id, "phase": b.phase.value, "group": b.group.value, "title": b.title, "kind": b.kind,
                "owner": b.owner, "people": list(b.people), "start": b.start, "due_at": b.due, "projected": b.projected,
                "applies": b.applies, "asks": list(b.asks), "needs": list(b.needs), "drill": b.drill,
            }
            for b in found.bars
        ],
        "owed": [
            {"kind": o.kind, "id": o.id, "title": o.title, "owner": o.owner, "due_at": o.due} for o in found.owed
        ],
        "questions": list(found.questions), "starts": list(found.linked),
    }  # fmt: skip


def print_forecast(cli: Cli, parts: "Papers", found: "Forecast") -> None:
    """As tables: the ladder of calls, the tasks, and what has to be found out."""
    groups = cli.t(", ").join(cli.t(GROUPS[group]) for group in found.groups)
    cli.say(f"{cli.words(found.plan.title)} · {cli.t(LEVELS[found.level])} · {groups}", style="bold")
    cli.say()
    cli.table(
        ("Called at", "Position", "Would be called"),
        (
            (cli.time(call.at), _joined(cli, [cli.words(parts.names.position(p)) for p in call.positions]),
             _joined(cli, [cli.words(parts.names.person(p)) for p in call.people]) or cli.t("nobody"))
            for call in found.calls
        ),
        empty="Nobody would be called.",
    )  # fmt: skip
    cli.say()
    cli.table(
        ("Due", "Phase", "Task", "What", "Who", "Condition"),
        (
            (_due(cli, bar), cli.t(PHASES[bar.phase]), bar.id, cli.words(bar.title),
             cli.words(parts.names.position(bar.owner)), _condition(cli, found, bar))
            for bar in found.bars
        ),
        empty="No tasks.",
    )  # fmt: skip
    _print_owed(cli, parts, found)
    _print_questions(cli, parts, found)


def _print_owed(cli: Cli, parts: "Papers", found: "Forecast") -> None:
    if not found.owed:
        return
    kinds = {"message": cli.t("message"), "clock": cli.t("report to make")}
    cli.say()
    cli.table(
        ("Due", "Kind", "Id", "What", "Who"),
        ((cli.time(o.due), kinds[o.kind], o.id, cli.words(o.title), cli.words(parts.names.position(o.owner)))
         for o in found.owed),
        empty="Nothing.",
    )  # fmt: skip


def _print_questions(cli: Cli, parts: "Papers", found: "Forecast") -> None:
    asked = [var for name in found.questions if (var := found.plan.var(name)) is not None]
    if asked:
        cli.say()
        cli.table(
            ("To be found out", "Question", "Who"),
            ((v.name, cli.words(v.ask), cli.words(parts.names.position(v.who)) if v.who else "") for v in asked),
            empty="Nothing.",
        )
    for scenario in found.linked:
        cli.say(cli.t("Starts another playbook: {a}").format(a=scenario))


def _due(cli: Cli, bar: "Bar") -> str:
    """The deadline; about, when it counts from something that is only guessed."""
    if bar.due is None:
        return "—"
    return f"≈ {cli.time(bar.due)}" if bar.projected else cli.time(bar.due)


def _condition(cli: Cli, found: "Forecast", bar: "Bar") -> str:
    """Facts by the names that ``--fact`` takes, whose questions stand below; decisions in words."""
    if bar.applies != Verdict.UNKNOWN:
        return ""
    asks = [cli.words(found.plan.question(name)) if "." in name else name for name in bar.asks]
    return cli.t("needs a fact: {a}").format(a=_joined(cli, asks)) if asks else cli.t("depends")


def _joined(cli: Cli, names: list[str]) -> str:
    return cli.t(", ").join(names)
