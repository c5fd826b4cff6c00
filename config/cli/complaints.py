"""``tocsin complaints``: sorting complaints into the five classes by their text, and why."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from config.cli.base import command, group
from config.cli.context import Cli
from incident.domain.said import said

app = group("Complaint classes: train on your own labels, see why a text is sorted as it is")
FEW = 50
"""Labelled texts below which figures say little."""


@command(app, "train", example="tocsin complaints train labels.csv")
def train(
    cli: Cli,
    labels: Annotated[Path, typer.Argument(metavar="LABELS", help="CSV with the columns text,class")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write it, if not as in tocsin.yaml")
    ] = None,
) -> None:
    """Train the classifier on complaints that people have sorted

    It starts from words of the trade; yours outvote them. The figures come from texts it was not trained on (five
    parts, each read by what the other four teach). A running "tocsin up" uses it from the next complaint on.
    """
    from detectors.complaints.classes import CLASSES, confusion, labelled, trained
    from incident.report.findings import part_text

    rows = labelled(_lines(labels), labels.name)
    found = confusion(rows)
    target = out or cli.settings.path(cli.settings.complaints)
    # A running system reads the file the moment it changes: it must never see half of one.
    fresh = target.with_name(target.name + ".new")
    fresh.write_text(trained(rows).dump() + "\n", "utf-8")
    fresh.replace(target)
    right = sum(count for (true, read), count in found.items() if true == read)
    facts = [_of_class(name, found) for name in CLASSES]
    if cli.json:
        cli.data({"file": str(target), "texts": len(rows), "right": right, "classes": facts})
        return
    cli.table(
        ("Class", "Texts", "Found again", "Right when named"),
        ((part_text(str(f["class"]), cli.t), f["texts"], _share(f["recall"]), _share(f["precision"])) for f in facts),
        empty="No texts.",
    )  # fmt: skip
    cli.say(cli.t("{right} of {count} texts sorted right; written to {file}").format(
        right=right, count=len(rows), file=target
    ))  # fmt: skip
    if len(rows) < FEW:
        cli.note(cli.t("So few texts say little about how good it is."))


@command(app, "classify", example='tocsin complaints classify "等了一个小时没人接"')
def classify(
    cli: Cli, texts: Annotated[list[str], typer.Argument(metavar="TEXT…", help="Texts of complaints; - reads lines")]
) -> None:
    """Sort texts into classes, with the words that decided"""
    from detectors.complaints.sorting import classifier_of
    from incident.report.findings import part_text

    classifier = classifier_of(cli.settings.path(cli.settings.complaints))
    given = [line.strip() for line in typer.get_text_stream("stdin")] if texts == ["-"] else texts
    readings = [(text, classifier.read(text)) for text in given if text]
    if cli.json:
        cli.data([
            {"text": text, "class": reading.name, "chance": round(reading.chances[reading.name], 3),
             "why": [{"word": word, "weight": weight} for word, weight in reading.why]}
            for text, reading in readings
        ])  # fmt: skip
        return
    rows = (
        (part_text(reading.name, cli.t), f"{reading.chances[reading.name]:.0%}",
         ", ".join(f"{word} {weight:+.1f}" for word, weight in reading.why) or "—", text)
        for text, reading in readings
    )  # fmt: skip
    cli.table(("Class", "Chance", "Because of", "Text"), rows, empty="No texts.")


@command(app, "words", example="tocsin complaints words")
def words(cli: Cli) -> None:
    """List the words that speak loudest for each class"""
    from detectors.complaints.classes import CLASSES
    from detectors.complaints.sorting import classifier_of
    from incident.report.findings import part_text

    classifier = classifier_of(cli.settings.path(cli.settings.complaints))
    found = {name: classifier.words(name) for name in CLASSES}
    if cli.json:
        cli.data(found)
        return
    rows = ((part_text(name, cli.t), ", ".join(word for word, _ in told)) for name, told in found.items())
    cli.table(("Class", "Words"), rows, empty="No texts.")


def _lines(path: Path) -> list[str]:
    from incident.domain.errors import BadInput

    try:
        return path.read_text("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError:
        raise BadInput.at(path.name, said("not UTF-8"), remedy=said("save the file as UTF-8")) from None


def _of_class(name: str, found: Counter[tuple[str, str]]) -> dict[str, object]:
    hit = found[name, name]
    texts = sum(count for (true, _), count in found.items() if true == name)
    named = sum(count for (_, read), count in found.items() if read == name)
    return {
        "class": name, "texts": texts, "recall": round(hit / texts, 3) if texts else None,
        "precision": round(hit / named, 3) if named else None,
    }  # fmt: skip


def _share(value: object) -> str:
    return f"{value:.0%}" if isinstance(value, float) else "—"
