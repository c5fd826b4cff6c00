"""One contract for both sizes: the same event files give the same signals and incidents, embedded and on Kafka."""

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from incident.intake.cloudevents import to_wire
from incident.intake.event import Event
from incident.intake.limits import Terms
from incident.intake.replay import read_events
from incident.intake.results import Ok
from tests.fixtures.kafka import Cluster
from tests.harness import DEFAULTS, START, Stage
from tests.stream_stage import StreamStage

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("kafka_leaves_sockets"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # aiokafka leaves sockets to the GC
]
DEMO = Path(__file__).parents[2] / "config" / "demo"
PIECES = 10


def morning(path: Path) -> None:
    """An hour of a centre under the shipped rules: a system that fails, a heartbeat that stops, complaints, exports;
    a tenth of the events out of order.
    """
    dice, start, lines = random.Random(7), START.timestamp(), []
    for second in range(0, 3600, 2):
        bad = 1200 < second < 1500
        kinds = [("request.served", {"service": "crm", "ok": not (bad and dice.random() < 0.6), "duration_ms": 90})]
        if second % 20 == 0:
            lost = dice.random() < (0.7 if bad else 0.05)
            kinds.append(
                (
                    "contact.abandoned" if lost else "contact.answered",
                    {"contact_id": f"c{second}", "queue": "sales", "waited_s": 12},
                )
            )
        if second % 60 == 0 and second < 1800:
            kinds.append(("heartbeat", {"slug": "pbx", "status": "ok"}))
        if 2000 < second < 2400 and second % 8 == 0:
            kinds.append(("complaint.received", {"class": "service_process", "text": "退款一直没有到账"}))
        if second in {2600, 2610}:
            kinds.append(("export.made", {"user": "u-7", "records": 30_000}))
        for name, data in kinds:
            late = dice.random() < 0.1
            at = start + second - (dice.random() * 8 if late else 0)
            event = Event(id=f"{second}-{name}", source="centre", type=name, time=at, data=data)
            lines.append(msgspec.json.encode(to_wire(event)))
    path.write_bytes(b"\n".join(lines))


def shipped(home: Path) -> Path:
    """The shipped rules and a generated hour."""
    shutil.copy(DEFAULTS / "detectors.yaml", home)
    morning(home / "morning.ndjson")
    return home / "morning.ndjson"


def recording(name: str) -> Callable[[Path], Path]:
    """A recording of the demonstration under its rules."""

    def prepare(home: Path) -> Path:
        shutil.copy(DEMO / "detectors.yaml", home)
        return DEMO / "stories" / name

    return prepare


FILES = {
    "morning": shipped, "outage": recording("outage.csv"), "complaints": recording("complaints.csv"),
    "leak": recording("chat.ndjson"),
}  # fmt: skip


def pieces(path: Path) -> Iterator[list[Event]]:
    """The file's events in the order of the file, in pieces of one instant each."""
    results = list(read_events(BytesIO(path.read_bytes()), path.name, Terms(now=datetime.now(UTC).timestamp())))
    events = [one.item for one in results if isinstance(one, Ok) and isinstance(one.item, Event)]
    assert len(events) == len(results)
    size = -(-len(events) // PIECES)
    yield from (events[at : at + size] for at in range(0, len(events), size))


def play(stage: Stage, path: Path) -> tuple[set[tuple[str, ...]], list[tuple[str, str, str, int, bool]]]:
    """Everything in the file happens; the signals and incidents that follow."""
    for piece in pieces(path):
        moment = datetime.fromtimestamp(max(event.time for event in piece), UTC)
        stage.arrive(max(moment, stage.clock.now()) + timedelta(seconds=1), *piece)
    stage.clock.push_to(stage.clock.now() + timedelta(minutes=30))
    stage.send()
    with stage.system.database.reading() as store:
        stored, rows = store.signals.recent(1000), store.incidents.rows(limit=100)
    signals = {
        (s.signal.id, s.state, s.signal.rule, s.signal.evidence.seen, s.signal.at.isoformat(), str(s.signal.labels))
        for s in stored
    }
    # Numbers go by who came first, and partitions have no order among each other.
    return signals, sorted((row.scenario, row.title_zh, row.status, row.level, row.restricted) for row in rows)


@pytest.mark.parametrize("name", sorted(FILES))
def test_both_sizes_give_the_same_answers(name: str, tmp_path: Path, kafka: Cluster) -> None:
    """Signals to the last digit of their evidence, and the incidents they open."""
    answers = []
    for where in ("embedded", "stream"):
        home = tmp_path / where
        home.mkdir()
        path = FILES[name](home)
        first = next(pieces(path))[0].time
        start = datetime.fromtimestamp(first, UTC) - timedelta(hours=1)
        made: Stage = Stage(home, start=start) if where == "embedded" else StreamStage(home, kafka, start=start)
        try:
            answers.append(play(made, path))
        finally:
            made.close() if isinstance(made, StreamStage) else made.system.close()
    assert answers[0] == answers[1]
    assert answers[0][0]
    assert answers[0][1]
