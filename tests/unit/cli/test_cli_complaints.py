"""``tocsin complaints``: own labels in, a class and its reasons out."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from tests.unit.cli.conftest import data

Run = Callable[..., Result]


def test_own_labels_are_learned_and_used(centre: Run, home: Path) -> None:
    """Written where tocsin.yaml says, read by classify and by what starts next."""
    (home / "labels.csv").write_text(
        "text,class\n" + "云盾无法登录,产品质量\n" * 30 + "门店停车不便,other\n" * 30, encoding="utf-8-sig"
    )
    assert data(centre("complaints", "classify", "云盾又无法登录", "--json"))[0]["class"] == "other"
    text = centre("complaints", "train", "labels.csv").output
    assert "60 of 60 texts sorted right" in text
    assert (home / "complaint-classes.json").exists()
    found = data(centre("complaints", "classify", "云盾又无法登录", "--json"))[0]
    assert (found["class"], found["why"][0]["word"]) == ("product_quality", "云盾")
    assert "云盾" in centre("complaints", "words").output


def test_a_wrong_label_or_file_is_named(centre: Run, home: Path) -> None:
    """With its line; nothing is written; a file that is no model stops what would use it."""
    (home / "labels.csv").write_text("text,class\nx,weather\n", "utf-8")
    result = centre("complaints", "train", "labels.csv")
    assert (result.exit_code, "labels.csv:2" in result.output) == (1, True)
    assert not (home / "complaint-classes.json").exists()
    (home / "complaint-classes.json").write_text("{}", "utf-8")
    assert "complaint-classes.json: no complaint classifier" in centre("complaints", "classify", "x").output
