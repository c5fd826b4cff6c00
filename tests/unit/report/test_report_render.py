"""What a manager holds in hand: HTML, Markdown and JSON, in both languages, safe to open and to print."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import incident.report.render as render_module
from incident.domain import events as e
from incident.domain.errors import BadInput, Unavailable
from incident.domain.words import Text
from incident.i18n import LANGUAGES
from incident.report.build import build, from_json
from incident.report.model import Report
from incident.report.pdf import render_pdf
from incident.report.render import render_html, render_json, render_markdown, style_hash
from tests.unit.report import sample
from tests.unit.report.sample import NAMES, minute

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>|*[x](javascript:1)`'
VOID = {"meta", "br", "link", "img"}


class Page(HTMLParser):
    """Checks that tags are closed in order and collects what is on the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.headings: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["h1"] or self.open[-2:] == ["head", "title"]:
            self.headings.append(data)


def reports() -> dict[str, Report]:
    """Reports of every kind and at every stage."""
    return {
        "outage": build(sample.outage(), minute(1500), NAMES),
        "outage so far": build(sample.outage(40), minute(40), NAMES),
        "just opened": build(sample.opening(sample.outage()), minute(5), NAMES),
        "leak": build(sample.leak(), minute(30), NAMES),
        "drill": build(sample.drill(), minute(30), NAMES),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", reports())
def test_it_makes_a_whole_page(name: str, language: str) -> None:
    """Every stage and kind renders in both languages, without scripts and without loading anything."""
    html = render_html(reports()[name], language, "Asia/Shanghai")
    page = Page(html)
    assert "script" not in page.tags
    assert not {"src", "style", "onclick"} & {name for name, _ in page.attributes}
    assert f'<html lang="{language}">' in html
    assert "Asia/Shanghai (UTC+08:00)" in html
    assert not re.search(r"url\(|@import", html)
    assert "None" not in re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize("name", reports())
def test_it_leaves_no_english_sentence_in_a_chinese_report(name: str) -> None:
    """What Tocsin itself says is Chinese: no run of three English words outside hashes, names and the style."""
    html = render_html(reports()[name], "zh-CN", "Asia/Shanghai")
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    found = [run for run in re.findall(r"(?:[A-Za-z']+ ){2,}[A-Za-z']+", text) if "of 10 minutes" not in run]
    assert [run for run in found if "minutes over" not in run] == []


@pytest.mark.parametrize("name", reports())
def test_its_ids_are_unique(name: str) -> None:
    """Charts are labelled by ids, which must not clash."""
    ids = [value for key, value in Page(render_html(reports()[name], "en", "UTC")).attributes if key == "id"]
    assert len(ids) == len(set(ids))


def test_it_marks_a_drill_first_and_last_and_in_every_title() -> None:
    """Nobody can take a drill's report for a real one."""
    drill = reports()["drill"]
    chinese, english = render_html(drill, "zh-CN", "UTC"), render_html(drill, "en", "UTC")
    assert all(heading.startswith("【演练】") for heading in Page(chinese).headings)
    assert all(heading.startswith("DRILL") for heading in Page(english).headings)
    body = re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", chinese.split("<body")[1], flags=re.DOTALL))
    assert body.strip(" >").find("【演练】") < 40
    assert "【演练】以下内容均为演练" in body[-40:]
    for text in (render_markdown(drill, "en", "UTC"), render_markdown(drill, "zh-CN", "UTC")):
        lines = [line for line in text.splitlines() if line]
        assert lines[0] == lines[-1]
        assert "DRILL" in lines[0] or "【演练】" in lines[0]


def test_it_marks_a_restricted_report() -> None:
    """A leak's report says first and last who may read it, and whose copy it is."""
    html = render_html(reports()["leak"], "zh-CN", "Asia/Shanghai", reader="何静")
    assert html.count("内部受限：仅限本事件名单内人员阅读") == 2
    assert "何静 专用" in html
    assert "RESTRICTED" not in re.sub(
        r"<style>.*?</style>", "", render_html(reports()["outage"], "en", "UTC"), flags=re.DOTALL
    )


def hostile() -> Report:
    """A report whose every free text tries to become markup."""
    first, *rest = sample.outage()
    assert isinstance(first.event, e.IncidentOpened)
    opened = replace(
        first.event, title=Text.same(HOSTILE), description=HOSTILE, labels={HOSTILE: HOSTILE}, code_name=HOSTILE
    )  # fmt: skip
    extra: tuple[e.DomainEvent, ...] = (e.NoteAdded(HOSTILE, "decision"), e.FactSet(HOSTILE, HOSTILE + "\n| x |"),
             e.IncidentLinked(HOSTILE, HOSTILE, HOSTILE),
             e.ActionOpened("a9", HOSTILE, HOSTILE), e.NoteAdded(HOSTILE, "cause"))  # fmt: skip
    more = [
        e.Entry(first.stream, 900 + n, ev, f"person:{HOSTILE}", minute(50), minute(50)) for n, ev in enumerate(extra)
    ]
    names = replace(NAMES, people={p: Text.same(f"{n.en}{HOSTILE}") for p, n in NAMES.people.items()})
    return build([replace(first, event=opened), *rest, *more], minute(1500), names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_escapes_hostile_texts_in_html(language: str) -> None:
    """Titles, names, notes and labels stay text, in the page and in its charts."""
    page = Page(render_html(hostile(), language, "UTC", reader=HOSTILE))
    assert not {"script", "img"} & set(page.tags)
    assert not [key for key, _ in page.attributes if key.startswith("on")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_escapes_hostile_texts_in_markdown(language: str) -> None:
    """No HTML, no links, no broken table."""
    text = render_markdown(hostile(), language, "UTC", reader=HOSTILE)
    assert not re.search(r"<(?!br>)", text)
    assert "](javascript" not in text.replace("\\]", "")
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("| ")}
    assert widths <= {4, 6}


def test_it_writes_tables_that_markdown_readers_understand() -> None:
    """Every row of a table stands directly below its head."""
    text = render_markdown(reports()["outage"], "en", "Asia/Shanghai")
    assert "| Fail over to the standby telephony platform | Head of IT | 2026-03-12 22:41 | 2026-03-12 22:59 |" in text
    assert "late by 18 min" in text
    assert not re.search(r"^\|.*\|\n\n\|", text, flags=re.MULTILINE)


def test_it_writes_json_that_reads_back() -> None:
    """The JSON form is the report's data, readable by people and programs."""
    report = reports()["outage"]
    assert from_json(json.loads(render_json(report))) == report
    assert "运营商".encode() in render_json(report)


def test_it_draws_valid_svg() -> None:
    """Every chart is well-formed and says in words what it shows."""
    html = render_html(reports()["outage"], "zh-CN", "Asia/Shanghai")
    charts = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(charts) == 4
    for chart in charts:
        root = ET.fromstring(chart)  # noqa: S314 - our own drawing
        assert root[0].tag.endswith("title")
        assert root[1].tag.endswith("desc")
        assert root[1].text


def test_it_shows_times_in_the_readers_zone() -> None:
    """The same report reads in Shanghai's and in London's time."""
    assert "2026-03-12 22:07" in render_html(reports()["outage"], "en", "Asia/Shanghai")
    assert "2026-03-12 14:07" in render_html(reports()["outage"], "en", "Europe/London")
    with pytest.raises(BadInput, match="Mars"):
        render_html(reports()["outage"], "en", "Mars/Olympus")


def test_it_gives_the_hash_a_strict_page_policy_needs() -> None:
    """The style sheet can be allowed by hash, so that inline styles stay forbidden."""
    assert style_hash().startswith("sha256-")
    assert len(style_hash()) == 51


def test_it_says_how_to_get_pdf() -> None:
    """Without the extra the error names the remedy."""

    def missing(name: str) -> ModuleType:
        raise ImportError(name)

    with pytest.raises(Unavailable, match=r"tocsin\[pdf\]"):
        render_pdf(reports()["outage"], "en", "UTC", load=missing)


def test_it_prints_the_page_and_loads_nothing_from_outside() -> None:
    """The PDF is made of the HTML page alone; anything else it might ask for is refused."""
    asked: dict[str, Any] = {}

    class Html:
        def __init__(self, **options: Any) -> None:
            asked.update(options)

        def write_pdf(self) -> bytes:
            return b"%PDF-1.7"

    module = ModuleType("printer")
    module.__dict__["HTML"] = Html
    assert render_pdf(reports()["leak"], "zh-CN", "UTC", "何静", load=lambda _: module) == b"%PDF-1.7"
    assert "何静 专用" in asked["string"]
    with pytest.raises(Unavailable):
        asked["url_fetcher"]("https://example.org/pixel.png")


def test_it_can_be_read_by_weak_eyes() -> None:
    """Every text stands out from the grounds it is used on by at least 4.5 to 1, light and dark."""
    css = (Path(render_module.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--(\w+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    )
    for colours in (light, {**light, **dark}):
        for ground, texts in READ_ON.items():
            for text in texts:
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


READ_ON = {
    "paper": ("ink", "soft", "accent", "bad", "warn", "l1", "l2", "l3", "l4"),
    "ground": ("ink", "soft", "bad"),
    "band": ("ink", "soft"),
}


def _contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(ch * 2 for ch in colour[1:])
    parts = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
