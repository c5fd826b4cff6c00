"""Drills as the command line tells them: lines for people, stable keys for programs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from config.cli.context import Cli
from config.drilling import FastHouse
from drills.calendar import Outlook, Quarter
from drills.loader import Loaded
from drills.player import Played
from drills.programme import next_turn
from drills.progress import sent_at
from drills.schema import Drill
from drills.scoring import Score
from drills.wording import (
    STATES,
    TIMINGS,
    TYPES,
    VERDICTS,
    finding_text,
    marked,
    people,
    rating_text,
    reason_of,
    rhythm,
    span,
    title_of,
    why_text,
)
from incident.report.names import Names
from incident.report.timeline import lines
from incident.report.words import SCENARIOS
from incident.service.records import DrillRun

_COLOURS = {"P": "green", "S": "green", "M": "yellow", "U": "red", "not_observed": "dim"}


def drill_data(drill: Loaded, now: datetime) -> dict[str, Any]:
    """A drill for programs."""
    spec = drill.spec
    return {
        "id": spec.id, "title": spec.title.text, "type": spec.type, "scenario": spec.scenario.value,
        "objectives": len(spec.objectives), "minutes": spec.length.total_seconds() / 60,
        "next_at": next_turn(drill, now), "file": str(drill.path),
    }  # fmt: skip


def run_data(run: DrillRun) -> dict[str, Any]:
    """A run for programs; ``score`` is null while there is none."""
    score = run.body.get("score")
    return {
        "id": run.id, "drill": run.drill, "title": title_of(run), "state": run.state, "started_at": run.started_at,
        "ended_at": run.ended_at, "reason": run.reason, "incidents": list(run.body.get("incidents", ())),
        "met": score["met"] if score else None, "of": score["of"] if score else None,
    }  # fmt: skip


def print_drills(cli: Cli, drills: Sequence[Loaded], now: datetime) -> None:
    """The drills there are."""
    rows = (
        (
            drill.spec.id,
            cli.words(drill.spec.title.text),
            cli.t(TYPES[drill.spec.type]),
            cli.t(SCENARIOS[drill.spec.scenario]),
            span(drill.spec.length, cli.t),
            cli.time(next_turn(drill, now)),
        )
        for drill in drills
    )
    cli.table(("Drill", "Title", "Type", "Scenario", "Length", "Next on"), rows, empty="No drills.")


def print_runs(cli: Cli, runs: Sequence[DrillRun]) -> None:
    """The newest runs; nothing when there are none."""
    if not runs:
        return
    cli.say()
    rows = []
    for run in runs:
        score, reason = run.body.get("score"), f" ({why})" if (why := reason_of(run, cli.t)) else ""
        result = f"{score['met']} / {score['of']}" if score else "—"
        title = marked(cli.words(title_of(run)), cli.language)
        rows.append((run.id, title, cli.time(run.started_at), cli.t(STATES[run.state]) + reason, result))
    cli.table(("Run", "Title", "Started", "State", "Objectives met"), rows, empty="No drills.")


# --- the programme ----------------------------------------------------------------------------------------------------


def outlook_data(found: Outlook) -> dict[str, Any]:
    """The programme for programs."""
    return {
        "dates": [
            {"drill": turn.drill.spec.id, "title": turn.drill.spec.title.text, "at": turn.at, "run": turn.run_id,
             "scenario": turn.drill.spec.scenario.value, "announced_at": turn.announced_at}
            for turn in found.turns
        ],
        "quarters": [quarter(one) for one in found.quarters],
        "coverage": {s.value: {quarter(q): count for q, count in row.items()} for s, row in found.grid.items()},
        "quarters_without_drill": [quarter(one) for one in found.empty],
    }  # fmt: skip


def print_outlook(cli: Cli, found: Outlook) -> None:
    """Dates, grid, and what is missing."""
    rows = (
        (
            cli.time(turn.at),
            turn.drill.spec.id,
            marked(cli.words(turn.drill.spec.title.text), cli.language),
            cli.t(SCENARIOS[turn.drill.spec.scenario]),
            cli.words(rhythm(turn.drill.spec.programme)) if turn.drill.spec.programme else "",
            cli.time(turn.announced_at) if turn.announced_at else cli.t("unannounced"),
        )
        for turn in found.turns
    )
    empty = "No drill is in the programme. Give one a 'programme' in its file."
    cli.table(("Date", "Drill", "Title", "Scenario", "How often", "Announced on"), rows, empty=empty)
    cli.say()
    grid = ((cli.t(SCENARIOS[s]), *(row[q] or "·" for q in found.quarters)) for s, row in found.grid.items())
    cli.table(
        ("Scenario", *(quarter(q) for q in found.quarters)),
        grid,
        empty="No drill is in the programme. Give one a 'programme' in its file.",
    )
    for missing in found.empty:
        cli.note(
            cli.t("{quarter} has no drill: the emergency plan asks for one every quarter.").format(
                quarter=quarter(missing)
            )
        )


def quarter(one: Quarter) -> str:
    """``2026 Q1``, the same in both languages."""
    return f"{one[0]} Q{one[1]}"


# --- scores -----------------------------------------------------------------------------------------------------------


def print_score(cli: Cli, found: Score, drill: Drill, names: Names) -> None:
    """Objectives, expectations, timings, participation, findings."""
    cli.say(marked(cli.words(drill.title.text), cli.language), style="bold")
    state = cli.t(STATES[found.state])
    total = cli.t("{met} of {of} objectives met").format(met=found.met, of=len(found.objectives))
    cli.say(f"{found.run_id} · {state} · {total}")
    cli.say()
    for objective, scored in zip(drill.objectives, found.objectives, strict=True):
        rating = scored.found.rating.value
        cli.say(f"{rating_text(rating, cli.t)}: {cli.words(objective.title.text)}", style=_COLOURS[rating])
        cli.say(f"    {why_text(scored.found, objective.target.within, names, cli.t, cli.language)}")
    _expectations(cli, found, drill)
    cli.say()
    cli.facts(_figures(cli, found, names))
    if found.findings:
        cli.say()
        cli.say(cli.t("To improve"), style="bold")
        for finding in found.findings:
            cli.say(f"  • {finding_text(finding, drill, names, cli.language)}")
    cli.say()
    cli.say(cli.t("Restore"), style="bold")
    for step in drill.restore:
        cli.say(f"  • {cli.words(step.text)}")


def _expectations(cli: Cli, found: Score, drill: Drill) -> None:
    if found.expectations:
        cli.say()
    for one in found.expectations:
        inject = drill.inject(one.inject)
        text = cli.words(inject.text.text) if inject and inject.text else one.inject
        seen = f" ({span(timedelta(seconds=one.seen), cli.t)})" if one.seen is not None else ""
        cli.say(f"{cli.t(VERDICTS[one.verdict.value])}{seen}: {text}")


def _figures(cli: Cli, found: Score, names: Names) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = [
        (TIMINGS[name], span(timedelta(seconds=seconds), cli.t)) for name, seconds in found.timings.items()
    ]
    if found.paged:
        pairs.append(("People reached", f"{len(set(found.paged) & set(found.reached))} / {len(found.paged)}"))
        pairs.append(("Took part", people(found.took_part, names, cli.t, cli.language)))
    if found.coverage is not None:
        pairs.append(
            ("Tasks of the plan touched", f"{found.tasks_touched} / {found.tasks_planned} ({found.coverage:.0%})")
        )
    return pairs


def print_played(cli: Cli, house: FastHouse, played: Played, drill: Drill, sent: int) -> None:
    """A fast drill from start to end, then its score."""
    start = played.run.started_at
    cli.say(marked(cli.words(drill.title.text), cli.language), style="bold")
    opening = cli.t("Simulated start: {time}. Scripted people; nothing leaves this machine.")
    cli.say(marked(opening.format(time=cli.time(start)), cli.language))
    cli.say()
    for at, text in _story(cli, house, played, drill):
        passed = round((at - start).total_seconds())
        cli.say(f"{marked('', cli.language)}+{passed // 3600}:{passed % 3600 // 60:02}:{passed % 60:02}  {text}")
    cli.say()
    print_score(cli, played.score, drill, house.system.names)
    cli.say()
    cli.say(cli.t("{count} messages were written; none was sent.").format(count=sent))


def _story(cli: Cli, house: FastHouse, played: Played, drill: Drill) -> list[tuple[datetime, str]]:
    """Injects and log lines, by time; notes of injects stand in the log already."""
    told: list[tuple[datetime, str]] = []
    for inject in drill.injects:
        at = sent_at(played.run, inject.id)
        if at is None or (inject.kind in {"note", "contingency"} and played.run.body["incidents"]):
            continue
        if inject.kind == "silence":
            silent = cli.words(house.system.names.position(inject.to or ""))
            told.append((at, cli.t("Inject: {position} does not answer from now on").format(position=silent)))
        else:
            text = cli.words(inject.text.text) if inject.text else inject.id
            told.append((at, cli.t("Inject: {text}").format(text=text)))
    for incident_id in played.run.body["incidents"]:
        told += [
            (line.occurred_at, line.text)
            for line in lines(house.entries(incident_id), house.system.names, cli.language)
        ]
    return sorted(told, key=lambda one: one[0])
