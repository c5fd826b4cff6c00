"""Facts that machines know: a probe tells them while a playbook asks, and people have the last word."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from config.probing import MAX_BYTES, Prober
from incident.domain.commands import SetFact
from incident.domain.errors import BadInput
from incident.domain.words import Scenario
from incident.yamlfile import check, parse
from playbooks.probes import ProbeFile, load_probes, pick
from tests.stories.crisis_stage import CrisisStage

PROBES = """\
schema: probes/v1
probes:
  - id: wallboard
    fact: affected_pct
    url: https://wallboard.example/api
    value: queues.0.affected
    every: 1m
    token_env: WALLBOARD_TOKEN
"""


class Wallboard:
    """The other system: what it answers, and what it was asked."""

    def __init__(self) -> None:
        self.answer: object = {"queues": [{"affected": 40}]}
        self.status = 200
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, json=self.answer)


@pytest.fixture
def stage(tmp_path: Path) -> CrisisStage:
    return CrisisStage(tmp_path)


@pytest.fixture
def wallboard() -> Wallboard:
    return Wallboard()


@pytest.fixture
def prober(stage: CrisisStage, wallboard: Wallboard) -> Iterator[Prober]:
    (stage.home / "probes.yaml").write_text(PROBES, "utf-8")
    client = httpx.Client(transport=httpx.MockTransport(wallboard))
    found = Prober(stage.system, load_probes(stage.home / "probes.yaml"), client)
    yield found
    found.close()


def test_a_probe_tells_a_fact_that_the_playbook_asks_for(
    stage: CrisisStage, prober: Prober, wallboard: Wallboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked with its token, told once, by its name in the log, and the level follows."""
    monkeypatch.setenv("WALLBOARD_TOKEN", "s3cret")
    assert prober.look() == 0
    assert wallboard.asked == []
    stage.report(Scenario.SYSTEM_OUTAGE, grave=False)
    assert prober.look() == 1
    assert stage.incident().facts["affected_pct"] == "40"
    assert wallboard.asked[0].headers["authorization"] == "Bearer s3cret"
    assert prober.look() == 0
    assert len(wallboard.asked) == 1
    stage.push(minutes=1)
    assert prober.look() == 0
    wallboard.answer = {"queues": [{"affected": 90}]}
    before = stage.incident().level
    stage.push(minutes=1)
    assert prober.look() == 1
    assert stage.incident().level < before


def test_a_probe_that_fails_leaves_the_fact_unknown(stage: CrisisStage, prober: Prober, wallboard: Wallboard) -> None:
    """An error, an answer of another shape, one without end: people are asked as for any other fact."""
    stage.report(Scenario.SYSTEM_OUTAGE)
    for status, answer in ((503, {}), (200, {"queues": []}), (200, "x" * (MAX_BYTES + 1)), (200, [{"affected": "?"}])):
        wallboard.status, wallboard.answer = status, answer
        assert prober.look() == 0
        stage.push(minutes=1)
    wallboard.answer = {"queues": [{"affected": "much"}]}
    assert prober.look() == 0
    assert "affected_pct" not in stage.incident().facts


def test_what_a_person_has_said_stands(stage: CrisisStage, prober: Prober, wallboard: Wallboard) -> None:
    """Until the person takes it back; then the probe may tell it again."""
    opened = stage.report(Scenario.SYSTEM_OUTAGE)
    stage.do(SetFact(incident_id=opened.id, by="huang-li", fact="affected_pct", value="70"))
    assert prober.look() == 0
    assert wallboard.asked == []
    stage.do(SetFact(incident_id=opened.id, by="huang-li", fact="affected_pct", value=""))
    assert prober.look() == 1
    assert stage.incident().facts["affected_pct"] == "40"


def test_a_drill_hears_no_probe(stage: CrisisStage, prober: Prober, wallboard: Wallboard) -> None:
    """Its facts are part of its script."""
    stage.report(Scenario.SYSTEM_OUTAGE, drill="D-1")
    assert prober.look() == 0
    assert wallboard.asked == []


@pytest.mark.parametrize(
    ("answer", "where", "expected"),
    [({"a": {"b": 1.5}}, "a.b", "1.5"), ({"a": [True]}, "a.0", "yes"), ({"a": {}}, "a", None), ([], "0", None),
     ({"a": None}, "a", None)],
)  # fmt: skip
def test_a_value_is_picked_out_of_an_answer(answer: object, where: str, expected: str | None) -> None:
    """By names and places; only a single value counts."""
    assert pick(answer, where) == expected


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("every: 1m", "every: 1s"),
        ("https://", "file://"),
        ("queues.0.affected", "queues[0]"),
        ("id: wallboard", "id: W"),
    ],
)
def test_a_faulty_file_is_named_with_its_line(tmp_path: Path, change: str, fault: str) -> None:
    """Before anything is asked."""
    path = tmp_path / "probes.yaml"
    path.write_text(PROBES.replace(change, fault), "utf-8")
    with pytest.raises(BadInput, match=r"probes\.yaml:\d"):
        load_probes(path)


def test_the_example_in_the_documentation_is_valid() -> None:
    """Whoever copies it gets what it says."""
    text = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text("utf-8")
    (block,) = (b for b in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "probes/v1" in b)
    assert check(parse(block, "probes.yaml"), ProbeFile).probes[0].fact == "affected_pct"
