"""``tocsin drill``: list, play, start and stop drills; the year's programme; scores."""

from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import As, command, group
from config.cli.context import Cli

if TYPE_CHECKING:
    from incident.service.records import DrillRun

app = group("Rehearse: drills, their programme and their scores")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Id of the drill, as in: tocsin drill list")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run, as in: tocsin drill list")]


@command(app, "list", example="tocsin drill list")
def list_drills(cli: Cli) -> None:
    """List drills and their latest runs"""
    from config.cli.drill_lines import drill_data, print_drills, print_runs, run_data
    from config.cli.house import house
    from config.drilling import load_drills

    with house(cli) as parts:
        drills = load_drills(cli.settings, parts.roster)
        runs = _runs(cli)
        now = parts.clock.now()
    if cli.json:
        cli.data({"drills": [drill_data(d, now) for d in drills.all.values()], "runs": [run_data(r) for r in runs]})
        return
    for fault in drills.left_out:
        cli.note(cli.t("Left out, it does not fit this installation: {fault}").format(fault=fault))
    print_drills(cli, list(drills.all.values()), now)
    print_runs(cli, runs)


@command(app, "run", example="tocsin drill run outage-functional --fast")
def run(
    cli: Cli,
    name: Name,
    fast: Annotated[
        bool, typer.Option("--fast", help="In seconds: simulated clock, scripted people, nothing leaves")
    ] = False,
    seed: Annotated[int | None, typer.Option("--seed", help="Other times for the scripted people")] = None,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="Simulated start; default: its next date")] = "",
    as_: As = "",
) -> None:
    """Play a drill: live with your people, or in seconds with --fast

    Live, it pages the drill address book, runs inside a started 'tocsin up', and stops by itself as soon as something
    real happens. With --fast nothing leaves this machine and nothing is kept.
    """
    if fast:
        _fast(cli, name, seed, at)
    elif seed is not None or at:
        cli.misuse("--seed and --at belong to --fast")
    else:
        _start(cli, name, as_)


@command(app, "start", example="tocsin drill start callout-test --as liu-yang")
def start(cli: Cli, name: Name, as_: As = "") -> None:
    """Start a drill with your people, now

    It pages the drill address book only and runs inside a started 'tocsin up'.
    """
    _start(cli, name, as_)


@command(app, "stop", example="tocsin drill stop callout-test-20260302-093000 --reason 'storm warning'")
def stop(
    cli: Cli,
    run: Run,
    reason: Annotated[str, typer.Option("--reason", help="Why; told to nobody but kept")] = "called_off",
) -> None:
    """Break a running drill off, at any time

    Unsent messages are withdrawn and everyone who was reached is told that it is over.
    """
    from config.cli.drill_lines import run_data
    from config.cli.house import house
    from config.drilling import House

    with house(cli) as parts:
        parts.desk.stop_drill(run, reason)
        found = House.beside(parts.database, parts.desk, cli.settings.language).run(run)
    if cli.json:
        cli.data(run_data(found))
    else:
        cli.say(
            cli.t("{run}: {state}").format(
                run=run, state=cli.t("stopped early" if found.state == "aborted" else found.state)
            )
        )


@command(app, "calendar", example="tocsin drill calendar --ics > drills.ics")
def calendar(
    cli: Cli, ics: Annotated[bool, typer.Option("--ics", help="As an iCalendar file on standard output")] = False
) -> None:
    """Show the next twelve months: dates, scenarios by quarter, gaps"""
    import sys

    from config.cli.drill_lines import outlook_data, print_outlook
    from config.cli.house import house
    from config.drilling import load_drills
    from drills import calendar as dates

    with house(cli) as parts:
        drills = load_drills(cli.settings, parts.roster)
        now = parts.clock.now()
    found = dates.outlook(drills.all.values(), now, cli.zone)
    if ics:
        sys.stdout.write(dates.ics(found.turns, cli.language, now).decode().replace("\r\n", "\n"))
    elif cli.json:
        cli.data(outlook_data(found))
    else:
        print_outlook(cli, found)


@command(app, "score", example="tocsin drill score callout-test-20260302-093000")
def score(cli: Cli, run: Run) -> None:
    """Show how a run went: objectives, timings, what to improve

    While it is running, as it stands now.
    """
    from config.cli.drill_lines import print_score
    from config.cli.house import house
    from config.drilling import House
    from drills.progress import spec_of
    from drills.ticker import DrillTicker
    from drills.wording import to_data

    with house(cli) as parts:
        place = House.beside(parts.database, parts.desk, cli.settings.language)
        found = DrillTicker(place).score(run)
        drill = spec_of(place.run(run))
        names = parts.names
    if cli.json or drill is None:
        cli.data(to_data(found))
    else:
        print_score(cli, found, drill, names)


def _runs(cli: Cli) -> list["DrillRun"]:
    """The newest runs; none while the database has not been set up: drills can be looked at before the first start."""
    from config.cli.house import house
    from incident.domain.errors import BadInput, Unavailable

    try:
        with house(cli) as parts:
            return parts.views.drills(20)
    except (BadInput, Unavailable):
        return []


def _start(cli: Cli, name: str, person: str) -> None:
    from config.cli.drill_lines import run_data
    from config.cli.house import data_directory, house
    from config.drilling import House, load_drills
    from config.serve import running
    from drills.ticker import DrillTicker
    from drills.wording import marked

    with house(cli) as parts:
        by = parts.actor(cli, person)
        drill = load_drills(cli.settings, parts.roster).get(name)
        ticker = DrillTicker(House.beside(parts.database, parts.desk, cli.settings.language))
        found = ticker.start(drill, by=by)
    if cli.json:
        cli.data(run_data(found))
    else:
        cli.say(marked(cli.words(drill.spec.title.text), cli.language), style="bold")
        cli.say(cli.t("Started: {run}. Stop it any time with: tocsin drill stop {run}").format(run=found.id))
        cli.say(cli.t("Stop words: {words}").format(words=cli.words(drill.spec.safety.stop_words.text)))
    if not running(data_directory(cli.settings)):
        cli.note(cli.t("Tocsin is not running here: the drill goes on as soon as you start it with: tocsin up"))


def _fast(cli: Cli, name: str, seed: int | None, at: str) -> None:
    import logging
    from datetime import UTC, datetime

    from config.cli.drill_lines import print_played
    from config.cli.when import moment
    from config.drilling import drills_of, fast_house
    from config.logs import set_up_logs
    from drills.player import play
    from drills.programme import next_turn
    from drills.wording import to_data

    set_up_logs(level=logging.ERROR)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    begin = moment(cli, at, cli.zone)
    with fast_house(cli.settings, begin or now) as (place, channels):
        drill = drills_of(place.system).get(name)
        place.clock.push_to(begin or next_turn(drill, now) or now)
        played = play(place, drill, seed=seed)
        sent = sum(len(channel.sent) for channel in channels.values())
        if cli.json:
            cli.data(to_data(played.score))
        else:
            print_played(cli, place, played, drill.spec, sent)
