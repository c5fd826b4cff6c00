"""``tocsin backtest``: what would a detector, or the rules as they stand, have found in recorded data?"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from config.cli.base import command
from config.cli.context import Cli
from incident.domain.said import said

if TYPE_CHECKING:
    from detectors.backtest.compare import Advice, Outcome
    from detectors.backtest.labels import Event
    from detectors.backtest.rows import Row

T = TypeVar("T")
KINDS = ("level", "novelty", "ratio", "count", "heartbeat", "auto")
_EVERY = 500
Signals = Annotated[
    Path | None, typer.Option("--signals", metavar="OUT", help="With --rules: write what would have been raised")
]
Whom = Annotated[
    bool, typer.Option("--whom", help="With --rules: say whom it would have paged, by your plan and people")
]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app, "backtest",
        example="tocsin backtest latency.csv --detector auto --alarms 1/week --scores out.csv\n"
        "tocsin backtest *.csv --compare --labels labels.csv --out-dir results\n"
        "tocsin backtest --rules detectors.yaml events.ndjson --signals found.ndjson --whom",
    )(backtest)  # fmt: skip


def backtest(
    cli: Cli,
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Series as CSV; with --rules, events as NDJSON")],
    detector: Annotated[
        str, typer.Option("--detector", metavar="KIND", help="level, novelty, ratio, count, heartbeat or auto")
    ] = "auto",
    alarms: Annotated[
        str, typer.Option("--alarms", metavar="N/week", help="How many alarms you would put up with")
    ] = "1/week",
    scores: Annotated[
        Path | None, typer.Option("--scores", metavar="OUT", help="Write a score per row to this CSV")
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out-dir", metavar="DIR", help="Write one result per file into this directory")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="What really happened: CSV with start,end or timestamp,label (or a directory)",
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Try every detector that fits and recommend one")] = False,
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="YAML", help="Run the rules of this file over events")
    ] = None,
    signals: Signals = None,
    whom: Whom = False,
) -> None:
    """Try detectors on recorded data

    Each row is judged by the rows before it alone, as it would have been when it came.
    """
    if rules is not None:
        if len(files) != 1:
            cli.misuse("--rules takes one file of events")
        from config.cli.backtest_rules import run

        run(cli, rules, files[0], signals, whom=whom, watch=_bar)
        return
    if signals is not None or whom:
        cli.misuse("--signals and --whom need --rules")
    if detector not in KINDS:
        cli.misuse("no detector {name!r}; use one of {names}", name=detector, names=", ".join(KINDS))
    if scores is not None and (len(files) > 1 or compare):
        cli.misuse("--scores is for one file and one detector; use --out-dir")
    from detectors.budget import rate

    weekly = rate(alarms)
    if out_dir is not None:
        out_dir.mkdir(parents=True, exist_ok=True)
    if compare:
        _compare(cli, files, weekly, labels, out_dir)
        return
    found = []
    for file, name in zip(files, _names(files), strict=True):
        target = scores if scores is not None else (out_dir / name if out_dir is not None else None)
        found.append((file, _one(cli, file, detector, weekly, _labels(labels, file), target)))
    _told(cli, found)


def _names(files: Sequence[str]) -> list[str]:
    """Names of results within one directory: the file's own, or, when two files share it, the path in one word."""
    plain = [Path(file).name for file in files]
    return [
        name if plain.count(name) == 1 else str(Path(file)).strip("./\\").replace("/", "__").replace("\\", "__")
        for file, name in zip(files, plain, strict=True)
    ]


def _one(cli: Cli, file: str, kind: str, weekly: float, events: "list[Event] | None", target: Path | None) -> "Outcome":
    from detectors.backtest.compare import Tally
    from detectors.backtest.series import SeriesRun

    run = SeriesRun(kind, weekly)
    tally = Tally(run)
    with _open(file) as rows, _bar(cli, file) as watched:
        scored = tally.watch(run.score(watched(rows)))
        if target is None:
            for _ in scored:
                pass
        else:
            with target.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(("timestamp", "value", "score", "alert"))
                writer.writerows(
                    (one.row.timestamp, one.row.text, f"{one.score:.9g}", int(one.alert)) for one in scored
                )
    return tally.outcome(events)


@contextmanager
def _open(file: str) -> "Iterator[Iterator[Row]]":
    from io import TextIOWrapper

    from detectors.backtest.rows import read_rows
    from incident.domain.errors import BadInput
    from incident.intake.replay import open_events

    with open_events(file) as (stream, name):
        text = TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            yield read_rows(text, name)
        except UnicodeDecodeError:
            raise BadInput.at(file, said("not UTF-8"), remedy=said("save the file as UTF-8")) from None
        finally:
            text.detach()


@contextmanager
def _bar(cli: Cli, file: str) -> Iterator[Any]:
    """A line on standard error that counts rows; nothing where nobody watches."""
    console = cli.console(error=True)
    if cli.json or not console.is_terminal:
        yield lambda rows: rows
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(Path(file).name, total=None)

        def watched(rows: Iterable[T]) -> Iterator[T]:
            for number, row in enumerate(rows):
                if number % _EVERY == 0:
                    bar.update(task, completed=number)
                yield row

        yield watched


def _labels(path: Path | None, file: str) -> "list[Event] | None":
    """The labels of a series; in a directory, those in the file of its name."""
    from detectors.backtest.labels import read_labels

    if path is None:
        return None
    path = path / Path(file).name if path.is_dir() else path
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return read_labels(csv.reader(stream), path.name)


def _facts(outcome: "Outcome") -> dict[str, Any]:
    standing, verdict = outcome.standing, outcome.verdict
    facts: dict[str, Any] = {
        "detector": outcome.kind, "rows": outcome.rows, "alarms": len(outcome.alarms),
        "alarms_per_week": round(outcome.weekly, 3), "threshold": round(standing.threshold, 4),
        "confidence": round(standing.confidence, 2),
    }  # fmt: skip
    if verdict is not None:
        facts |= {
            "events": verdict.events, "found": len(verdict.delays),
            "recall": round(verdict.recall, 3) if verdict.recall is not None else None,
            "median_delay_s": verdict.delay, "false_alarms_per_week": round(verdict.false_weekly, 3),
        }  # fmt: skip
    return facts


def _told(cli: Cli, found: "Sequence[tuple[str, Outcome]]") -> None:
    if cli.json:
        cli.data([{"file": file, **_facts(outcome)} for file, outcome in found])
        return
    judged = any(outcome.verdict is not None for _, outcome in found)
    rows = [_cells(file, outcome) for file, outcome in found]
    cli.table(
        ("File", "Detector", "Rows", "Alarms", "A week", "Threshold", "Confidence",
         *(("Found", "Median delay", "False a week") if judged else ())),
        rows, empty="No files.",
    )  # fmt: skip


def _cells(file: str, outcome: "Outcome") -> list[object]:
    from detectors.numbers import percent, span

    standing, verdict = outcome.standing, outcome.verdict
    cells: list[object] = [
        Path(file).name, outcome.kind, outcome.rows, len(outcome.alarms), f"{outcome.weekly:.2f}",
        f"{standing.threshold:.4g}", percent(round(standing.confidence, 2)),
    ]  # fmt: skip
    if verdict is not None:
        delay = "—" if verdict.delay is None else span(verdict.delay)
        cells += [f"{len(verdict.delays)}/{verdict.events}", delay, f"{verdict.false_weekly:.2f}"]
    return cells


def _compare(cli: Cli, files: Sequence[str], weekly: float, labels: Path | None, out_dir: Path | None) -> None:
    from detectors.backtest.compare import character_of, fitting, recommended
    from detectors.backtest.plot import plot

    found: list[tuple[str, Outcome]] = []
    advice: list[tuple[str, Advice]] = []
    for file, name in zip(files, _names(files), strict=True):
        events = _labels(labels, file)
        with _open(file) as rows:
            series = list(rows)
        character = character_of(series)
        outcomes = [_tried(cli, file, series, kind, weekly, events) for kind in fitting(character)]
        found += [(file, outcome) for outcome in outcomes]
        advice.append((file, recommended(character, outcomes, weekly)))
        drawing = (out_dir or Path()) / f"{Path(name).stem}.svg"
        drawing.write_text(str(plot(Path(file).name, series, outcomes, events or (), cli.t)), "utf-8")
    if cli.json:
        cli.data([
            {"file": file, "recommended": best.kind, "why": best.why.format(**best.facts),
             "detectors": [_facts(outcome) for path, outcome in found if path == file]}
            for file, best in advice
        ])  # fmt: skip
        return
    _told(cli, found)
    for file, best in advice:
        said = cli.t("{file}: use {kind} – {why}")
        why = cli.t(best.why).format(**best.facts)
        cli.say(said.format(file=Path(file).name, kind=best.kind, why=why), style="bold")
    cli.say(cli.t("Drawn: one .svg per file in {directory}").format(directory=out_dir or Path()))


def _tried(
    cli: Cli, file: str, series: "Sequence[Row]", kind: str, weekly: float, events: "list[Event] | None"
) -> "Outcome":
    from detectors.backtest.compare import Tally
    from detectors.backtest.series import SeriesRun

    run = SeriesRun(kind, weekly)
    tally = Tally(run)
    with _bar(cli, f"{Path(file).name} {kind}") as watched:
        for _ in tally.watch(run.score(watched(series))):
            pass
    return tally.outcome(events)
