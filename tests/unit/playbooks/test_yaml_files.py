"""Files that are no good YAML: each is refused soon, with the line where a person would look."""

import time
from pathlib import Path

import pytest

from incident.domain.errors import BadInput
from incident.yamlfile import MAX_BYTES, parse, read

SOON = 1.0
"""Seconds. Every one of these takes a few hundredths; the rest is for a machine that is busy."""

HOSTILE = {
    "brackets": ("id: x\na: " + "[" * 20_000 + "]" * 20_000, "f.yaml:2: more than 60 levels"),
    "braces": ("id: x\na: " + "{a: " * 20_000, "f.yaml:2: more than 60 levels"),
    "dashes": ("id: x\na:\n  " + "- " * 20_000, "f.yaml:3: more than 60 levels"),
    "questions": ("? " * 20_000, "f.yaml:1: more than 60 levels"),
    "steps": ("\n".join(" " * n + "a:" for n in range(1500)), "f.yaml:60: more than 60 levels"),
    "brackets on lines": ("a:\n" + "  [\n" * 20_000, "f.yaml:60: more than 60 levels"),
    "many": ("a: [" + "1, " * 150_000 + "1]", "f.yaml:1: unfolds to more than 100000 values"),
    "bomb": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "\n".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "f.yaml:5: unfolds to more than 100000 values",
    ),
    "itself": ("a: &a [*a]", "f.yaml:1: more than 60 levels"),
    "object": (
        "id: x\nrun: !!python/object/apply:os.system ['true']",
        "f.yaml:2: the tag tag:yaml.org,2002:python/obj",
    ),
    "other mapping": ("id: !!set {a: 1}", "f.yaml:1: the tag tag:yaml.org,2002:set is not allowed"),
    "nul": ("id: x\ntitle: y\x00z\n", "f.yaml:2: holds the character U+0000"),
    "bell": ("# 标题\r\nid: x\r\n\r\ntitle: \x07\n", "f.yaml:4: holds the character U+0007"),
    "half a character": ("id: x\ntitle: '\ud83d'\n", "f.yaml:2: holds the character U+D83D"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_soon_at_its_line(case: str) -> None:
    """Nesting without end, bombs and characters that no text holds."""
    text, said = HOSTILE[case]
    begin = time.thread_time()
    with pytest.raises(BadInput) as caught:
        parse(text, "f.yaml")
    assert time.thread_time() - begin < SOON
    assert said in caught.value.message
    assert caught.value.remedy


def test_what_is_no_text_and_what_is_too_long_name_the_line(tmp_path: Path) -> None:
    """The line of the first byte that is no UTF-8; the line on which the longest length is passed."""
    binary, long = tmp_path / "binary.yaml", tmp_path / "long.yaml"
    binary.write_bytes("id: 停电\nowner: ops\ntitle: ".encode() + "停电".encode("gb18030"))
    long.write_text("0123456\n" * (MAX_BYTES // 8 + 5_000_000 // 8), "utf-8")
    with pytest.raises(BadInput, match=r"binary.yaml:3: not UTF-8 at byte 31") as caught:
        read(binary)
    assert caught.value.remedy == "save the file as UTF-8"
    with pytest.raises(BadInput, match=rf"long.yaml:{MAX_BYTES // 8 + 1}: longer than {MAX_BYTES} bytes"):
        read(long)


def test_brackets_in_words_are_only_words() -> None:
    """What looks like nesting inside quotes and blocks counts for nothing."""
    deep = "[{" * 500
    assert parse(f"a: '{deep}'\nb: |\n  {deep}\nc: [[1]]", "f.yaml").data == {"a": deep, "b": f"{deep}\n", "c": [[1]]}
