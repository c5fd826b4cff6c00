"""``tocsin backtest --rules``: what the rules as they stand would have found, and whom that would have paged."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.cli.context import Cli

if TYPE_CHECKING:
    from config.whom import Paged
    from incident.domain.signal import Signal
    from incident.intake.results import Item, Rejected, Result

Watch = Callable[[Cli, str], AbstractContextManager[Any]]
SHOWN = 15
_SHORT = 0.1
"""Weeks that tell nothing of what a week brings."""


def run(cli: Cli, path: Path, file: str, target: Path | None, *, whom: bool, watch: Watch) -> None:
    """Replay the events of a file through the rules; ``watch`` shows how far it is."""
    from time import time

    from detectors.backtest.rules import RuleTally, line, replay
    from detectors.complaints.sorting import classifier_of, sorter
    from detectors.rules import load_rules
    from incident.intake.event import Event
    from incident.intake.limits import Terms
    from incident.intake.replay import open_events, read_events

    detectors, tally = load_rules(path), RuleTally()
    kept: list[Signal] = []
    bad: list[Rejected] = []
    prepare = sorter(classifier_of(cli.settings.path(cli.settings.complaints)))
    with open_events(file) as (stream, name), watch(cli, file) as watched, _sink(target) as write:
        results = watched(read_events(stream, name, Terms(now=time(), may_drill=True)))
        events = (tally.event(item) for item in _taken(results, bad) if isinstance(item, Event))
        for signal in replay(detectors, events, prepare=prepare):
            tally.signal(signal)
            write(line(signal))
            if whom:
                kept.append(signal)
    facts = [
        {"rule": detector.rule.id, "raised": tally.raised[detector.rule.id],
         "per_week": round(tally.raised[detector.rule.id] / tally.weeks, 2) if tally.weeks > 0 else None,
         "heard": not tally.types.isdisjoint(detector.rule.on)}
        for detector in detectors
    ]  # fmt: skip
    pages = _paged(cli, kept, watch) if whom else []
    if cli.json:
        found: dict[str, Any] = {"weeks": round(tally.weeks, 3), "rules": facts, "rejected": len(bad)}
        cli.data(found | ({"pages": [page_data(page) for page in pages]} if whom else {}))
        return
    if whom:
        _told(cli, pages, tally.weeks)
    _rules(cli, facts)
    if bad:
        told = cli.t("Left out: {count} events that can't be taken, the first because: {reason}")
        cli.note(told.format(count=len(bad), reason=bad[0].explain(cli.t)), style="red")


def _taken(results: "Iterable[Result]", bad: "list[Rejected]") -> "Iterator[Item]":
    from incident.intake.results import Ok

    for result in results:
        if isinstance(result, Ok):
            yield result.item
        else:
            bad.append(result)


def _rules(cli: Cli, facts: list[dict[str, Any]]) -> None:
    """The loudest first; the silent ones in one line, and apart from them those that had nothing to hear."""
    loud = sorted((fact for fact in facts if fact["raised"]), key=lambda fact: -fact["raised"])
    cli.table(
        ("Rule", "Alarms", "A week"),
        ((fact["rule"], fact["raised"], "—" if fact["per_week"] is None else fact["per_week"]) for fact in loud),
        empty="No rule would have raised anything.",
    )
    for said, heard in (("No alarm: {rules}", True), ("No events of their types in this file: {rules}", False)):
        names = [fact["rule"] for fact in facts if not fact["raised"] and fact["heard"] is heard]
        if names:
            cli.say(cli.t(said).format(rules=cli.t(", ").join(names)), style="dim")


def _paged(cli: Cli, signals: "Sequence[Signal]", watch: Watch) -> "list[Paged]":
    from config.logs import hushed
    from config.whom import whom

    with hushed(), watch(cli, cli.t("Pages")) as watched:
        return whom(cli.settings, watched(signals))


def _told(cli: Cli, pages: "Sequence[Paged]", weeks: float) -> None:
    """The answer in one line; then each person, and each incident with those it paged."""
    by_person, by_incident = _by(pages, "person"), _by(pages, "incident")
    if not pages:
        cli.say(cli.t("Nobody would have been paged."), style="bold")
        cli.say()
        return
    said = cli.t("It would have paged: {pages} page(s) for {incidents} incident(s), {night} at night; {weekly} a week.")
    weekly = f"{len(pages) / weeks:.1f}" if weeks > _SHORT else "—"
    night = sum(page.night for page in pages)
    cli.say(said.format(incidents=len(by_incident), pages=len(pages), night=night, weekly=weekly), style="bold")
    cli.say(cli.t("Assumed: whoever is paged first answers at once. Nothing was sent."), style="dim")
    cli.say()
    ranked = sorted(by_person.values(), key=lambda own: (-len(own), own[0].person))
    cli.table(
        ("Whom", "Pages", "At night", "Incidents"),
        ((cli.words(own[0].name), len(own), sum(page.night for page in own), len(_by(own, "incident")))
         for own in ranked), empty="Nobody would have been paged.",
    )  # fmt: skip
    cli.say()
    shown = list(by_incident.values())[:SHOWN]
    rows = (
        (cli.time(own[0].at), cli.words(own[0].title), own[0].level,
         cli.t(", ").join(dict.fromkeys(cli.words(page.name) for page in own)))
        for own in shown
    )  # fmt: skip
    cli.table(("When", "What", "Level", "Whom"), rows, empty="Nobody would have been paged.")
    if len(by_incident) > SHOWN:
        cli.say(cli.t("and {count} more").format(count=len(by_incident) - SHOWN))
    cli.say()


def _by(pages: "Sequence[Paged]", name: str) -> "dict[str, list[Paged]]":
    found: dict[str, list[Paged]] = {}
    for page in pages:
        found.setdefault(getattr(page, name), []).append(page)
    return found


def page_data(page: "Paged") -> dict[str, Any]:
    """A page for programs."""
    return {
        "at": page.at, "person": page.person, "position": page.position, "incident": page.incident,
        "rule": page.rule, "level": page.level, "night": page.night,
    }  # fmt: skip


@contextmanager
def _sink(target: Path | None) -> Iterator[Any]:
    if target is None:
        yield lambda _line: None
        return
    with target.open("wb") as stream:
        yield stream.write
