"""``tocsin backtest --rules``: what the rules as they stand would have found, and whom that would have paged."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.cli.context import Cli

if TYPE_CHECKING:
    from config.whom import Paged
    from incident.domain.signal import Signal

Watch = Callable[[Cli, str], AbstractContextManager[Any]]
SHOWN = 15


def run(cli: Cli, path: Path, file: str, target: Path | None, *, whom: bool, watch: Watch) -> None:
    """Replay the events of a file through the rules; ``watch`` shows how far it is."""
    from time import time

    from detectors.backtest.rules import RuleTally, line, replay
    from detectors.complaints.sorting import classifier_of, sorter
    from detectors.rules import load_rules
    from incident.intake.event import Event
    from incident.intake.limits import Terms
    from incident.intake.replay import open_events, read_events
    from incident.intake.results import Ok

    detectors, tally = load_rules(path), RuleTally()
    kept: list[Signal] = []
    prepare = sorter(classifier_of(cli.settings.path(cli.settings.complaints)))
    with open_events(file) as (stream, name), watch(cli, file) as watched, _sink(target) as write:
        results = watched(read_events(stream, name, Terms(now=time(), may_drill=True)))
        items = (result.item for result in results if isinstance(result, Ok))
        events = (tally.event(item) for item in items if isinstance(item, Event))
        for signal in replay(detectors, events, prepare=prepare):
            tally.signal(signal)
            write(line(signal))
            if whom:
                kept.append(signal)
    facts = [
        {"rule": detector.rule.id, "raised": tally.raised[detector.rule.id],
         "per_week": round(tally.raised[detector.rule.id] / tally.weeks, 2) if tally.weeks > 0 else None}
        for detector in detectors
    ]  # fmt: skip
    pages = _paged(cli, kept, watch) if whom else []
    if cli.json:
        found: dict[str, Any] = {"weeks": round(tally.weeks, 3), "rules": facts}
        cli.data(found | ({"pages": [page_data(page) for page in pages]} if whom else {}))
        return
    cli.table(
        ("Rule", "Alarms", "A week"),
        ((fact["rule"], fact["raised"], "—" if fact["per_week"] is None else fact["per_week"]) for fact in facts),
        empty="No rules.",
    )
    if whom:
        _told(cli, pages)


def _paged(cli: Cli, signals: "Sequence[Signal]", watch: Watch) -> "list[Paged]":
    from config.whom import whom

    with watch(cli, cli.t("Pages")) as watched:
        return whom(cli.settings, watched(signals))


def _told(cli: Cli, pages: "Sequence[Paged]") -> None:
    """First who would have been paged how often, then the first of the pages."""
    cli.say()
    by_person: dict[str, list[Paged]] = {}
    for page in pages:
        by_person.setdefault(page.person, []).append(page)
    ranked = sorted(by_person.values(), key=lambda own: (-len(own), own[0].person))
    cli.table(
        ("Whom", "Pages", "At night", "Incidents"),
        ((cli.words(own[0].name), len(own), sum(page.night for page in own), len({page.incident for page in own}))
         for own in ranked), empty="Nobody would have been paged.",
    )  # fmt: skip
    if not pages:
        return
    cli.say()
    rows = ((cli.time(p.at), cli.words(p.name), cli.words(p.position), p.rule, p.level) for p in pages[:SHOWN])
    cli.table(("When", "Whom", "Position", "Rule", "Level"), rows, empty="Nobody would have been paged.")
    if len(pages) > SHOWN:
        cli.say(cli.t("and {count} more").format(count=len(pages) - SHOWN))
    cli.say(cli.t("Assumed: whoever is paged first answers at once. Nothing was sent."), style="dim")


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
