"""Files of events, and sending them."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from incident.domain.errors import BadInput, NotAllowed, Unavailable
from incident.i18n import translator
from incident.intake.event import Event
from incident.intake.limits import Limits, Terms
from incident.intake.memory import MemoryIntake
from incident.intake.replay import open_events, read_events
from incident.intake.results import Ok, Reason, Rejected, Result
from incident.intake.sending import Progress, Sender

TERMS = Terms(now=1_772_417_700.0, limits=Limits(event_bytes=2_000))
ROW = '{"type":"metric.sampled","time":"2026-03-02T02:00:00Z","data":{"metric":"m","value":%d}}'


def read(text: str | bytes, terms: Terms = TERMS) -> list[Result]:
    """Everything in a file called ``f``."""
    return list(read_events(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "f", terms))


def event(result: Result) -> Event:
    """The event of a result that must be good."""
    assert isinstance(result, Ok), result
    assert isinstance(result.item, Event)
    return result.item


def test_lines_need_no_more_than_a_type() -> None:
    """Source and id come from the file's name and the line, so that sending twice counts once."""
    first, second = read('\ufeff{"type":"a.b"}\n\n' + ROW % 7 + "\n")
    assert (event(first).source, event(first).id) == ("file:f", "f:1")
    assert (second.index, event(second).id, event(second).data["value"]) == (3, "f:3", 7)


def test_a_broken_line_is_named_and_the_rest_is_read() -> None:
    """Broken JSON, a bad event, a line too long: each with its line."""
    text = "\n".join(
        [ROW % 1, "{oops", '{"type":"metric.sampled","data":{}}', '{"type":"' + "x" * 3_000 + '"}', "[1]", ROW % 2]
    )
    results = read(text)
    assert [result.index for result in results] == [1, 2, 3, 4, 5, 6]
    assert [result.reason for result in results if isinstance(result, Rejected)] == [
        Reason.NOT_JSON,
        Reason.BAD_DATA,
        Reason.TOO_LARGE,
        Reason.BAD_SHAPE,
    ]


def test_an_array_is_read_element_by_element() -> None:
    """Lines are counted inside the array too; more than a buffer of it is no trouble."""
    text = "[\n" + ",\n".join(ROW % n for n in range(5_000)) + "\n]\n"
    results = read(text)
    assert [event(result).data["value"] for result in results] == list(range(5_000))
    assert [result.index for result in results] == list(range(2, 5_002))
    assert read("[]") == []


@pytest.mark.parametrize("text", ["[" + ROW % 1 + ",\n{oops}]", "[\n{", "[" * 50_000, '[\n{"a":NaN}]', "["])
def test_a_broken_array_names_the_line(text: str) -> None:
    """An array can't be mended by skipping: where an item ends is unknown."""
    with pytest.raises(BadInput, match=r"^f:[12]: not valid JSON"):
        read(text)


def test_a_table_is_read_by_its_header() -> None:
    """Numbers and booleans become what the type wants; empty cells are left out; epoch times are fine."""
    text = (
        "time,type,data.service,ok,status,note\n"
        "2026-03-02T02:00:00Z,request.served,crm,false,503,\n"
        "1772416800,shop.opened,north,true,2.5,hello\n"
    )
    served, opened = (event(result) for result in read(text))
    assert (served.time, served.data) == (1_772_416_800.0, {"service": "crm", "ok": False, "status": 503})
    assert (opened.time, opened.data) == (
        1_772_416_800.0,
        {"service": "north", "ok": True, "status": 2.5, "note": "hello"},
    )


def test_a_bad_row_of_a_table_is_named_by_its_line() -> None:
    """Too many cells, a time that is none, data that does not fit."""
    rows = ["type,time,metric,value", "metric.sampled,,m,1", "metric.sampled,,m,1,9"]
    text = "\n".join([*rows, "metric.sampled,soon,m,1", "metric.sampled,,m,x", ""])
    results = read(text)
    assert [(result.index, isinstance(result, Ok)) for result in results] == [
        (2, True),
        (3, False),
        (4, False),
        (5, False),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [("a,b\n1,2\n", "no column 'type'"), ('type,a\nx,"open\n', "f:"), (b'type\n"\xff\xff"\n', "not UTF-8")],
)
def test_a_table_that_is_none_is_refused(text: str | bytes, fault: str) -> None:
    """With what to do about it."""
    with pytest.raises(BadInput, match=fault):
        read(text)


def test_an_empty_file_holds_no_events() -> None:
    """And that is no fault."""
    assert read("") == []


def test_files_may_be_compressed_and_must_exist(tmp_path: Path) -> None:
    """``.gz`` is opened on the way; a broken one is named."""
    path = tmp_path / "day.ndjson.gz"
    path.write_bytes(gzip.compress((ROW % 3).encode()))
    with open_events(str(path)) as (stream, name):
        (result,) = read_events(stream, name, TERMS)
    assert event(result).id == "day.ndjson.gz:1"
    path.write_bytes(b"not gzip")
    with open_events(str(path)) as (stream, name), pytest.raises(BadInput, match="can't be read"):
        list(read_events(stream, name, TERMS))
    with pytest.raises(BadInput, match="check the path"), open_events(str(tmp_path / "gone")):
        pass


class Patience:
    """Collects what a sender tells, and sleeps without sleeping."""

    def __init__(self, client: httpx.Client, **options: Any) -> None:
        self.slept: list[float] = []
        self.progress: list[Progress] = []
        self.refused: list[tuple[int, str]] = []
        self.sender = Sender(
            client=client,
            sleep=self.slept.append,
            translate=translator("en"),
            on_progress=self.progress.append,
            on_reject=lambda line, why: self.refused.append((line, why)),
            **options,
        )


def test_a_file_reaches_the_inbox_in_batches(client: httpx.Client, inbox: MemoryIntake) -> None:
    """Progress after each batch; a bad row is told and does not stop the rest."""
    client.headers["authorization"] = "Bearer acd"
    told = Patience(client, batch=10)
    rows = [ROW % n for n in range(24)]
    rows[3] = "{oops"
    rows[5] = '{"type":"a.b","tocsindrill":"d-1"}'
    final = told.sender.send(read("\n".join(rows), Terms(now=TERMS.now, may_drill=True)))
    assert final == Progress(line=24, accepted=22, rejected=2)
    assert len(inbox.items) == 22
    assert [line for line, _ in told.refused] == [4, 6]
    assert [each.line for each in told.progress] == [11, 21, 24]


def test_sending_resumes_after_a_line(client: httpx.Client, inbox: MemoryIntake) -> None:
    """And sending everything once more changes nothing."""
    client.headers["authorization"] = "Bearer acd"
    results = read("\n".join(ROW % n for n in range(6)))
    assert Patience(client).sender.send(results, after_line=4).accepted == 2
    Patience(client).sender.send(results)
    assert len(inbox.items) == 6


def scripted(*answers: httpx.Response | Exception) -> tuple[httpx.Client, list[bytes]]:
    """A client whose server gives these answers, and the bodies it got."""
    left, bodies = list(answers), list[bytes]()

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.Client(transport=httpx.MockTransport(handle), base_url="http://tocsin.test"), bodies


def test_a_busy_server_is_asked_again_when_it_says() -> None:
    """Retry-After is honoured, lost connections are waited out, the same bytes go again."""
    done = httpx.Response(202, json={"accepted": 1, "rejected": []})
    client, bodies = scripted(httpx.Response(503, headers={"retry-after": "7"}), httpx.ConnectError("gone"), done)
    told = Patience(client)
    assert told.sender.send(read(ROW % 1)).accepted == 1
    assert told.slept == [7.0, 2.0]
    assert len(set(bodies)) == 1
    assert json.loads(bodies[0])[0]["id"] == "f:1"


def test_a_server_that_stays_away_names_where_to_resume() -> None:
    """Nothing is lost, and nobody has to count lines."""
    done = httpx.Response(202, json={"accepted": 1, "rejected": []})
    client, _ = scripted(done, *[httpx.Response(503)] * 3)
    told = Patience(client, batch=1, tries=3)
    with pytest.raises(Unavailable, match="--from-line 2"):
        told.sender.send(read(ROW % 1 + "\n" + ROW % 2))
    assert told.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "error"), [(httpx.Response(401), NotAllowed), (httpx.Response(200, text="<html>"), BadInput)]
)
def test_a_server_that_is_not_ours_or_not_open_to_us_is_told(answer: httpx.Response, error: type[Exception]) -> None:
    """Trying again would change nothing."""
    client, _ = scripted(answer)
    with pytest.raises(error):
        Patience(client).sender.send(read(ROW % 1))


def test_a_batch_refused_as_a_whole_stops_the_sending() -> None:
    """A server with tighter limits: no row may vanish because only the first one was named."""
    fault = {"index": 0, "reason": "too_large", "detail": "Larger than allowed"}
    client, _ = scripted(httpx.Response(413, json={"accepted": 0, "rejected": [fault]}))
    with pytest.raises(BadInput, match="smaller batches"):
        Patience(client).sender.send(read(ROW % 1 + "\n" + ROW % 2))
