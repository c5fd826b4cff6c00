"""One trace id from the fact to the page."""

import dataclasses
import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from config.wiring import _doors
from incident.domain.trace import from_header, made_of, to_header
from incident.intake.cloudevents import to_wire
from incident.intake.ports import Caller
from incident.intake.wire import item_from_bytes, item_to_bytes
from notifiers.webhook import WebhookNotifier, WebhookSettings
from tests.harness import Stage

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
SENDER = Caller("test", may_send=True)


@pytest.mark.parametrize("header", ["", "nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01", PARENT[:-1], PARENT + "x"])
def test_what_is_no_trace_is_none(header: str) -> None:
    """A bad header is worth no error: a trace is made instead."""
    assert from_header(header) == ""
    assert from_header(to_header(made_of(header), "step")) == made_of(header)


def test_a_callers_trace_is_on_the_page_and_on_every_log_line_between(tmp_path: Path) -> None:
    """By HTTP header or by the CloudEvents extension; the fact keeps it in the inbox and on Kafka."""
    stage = Stage(tmp_path)
    doors = _doors(stage.system.settings, stage.system.intake, stage.system.views, stage.clock)
    body = {"specversion": "1.0", "source": "pbx", "type": "metric.sampled", "data": {"service": "crm",
            "metric": "latency_ms", "value": 90_000, "unit": "ms"}}  # fmt: skip
    with capture_logs() as logs:
        for number in range(12):
            stage.push(seconds=20)
            event = {**body, "id": f"e{number}", "time": stage.clock.now().isoformat(), "traceparent": PARENT}
            headers = {"content-type": "application/cloudevents+json"}
            assert doors.events(SENDER, headers, json.dumps(event).encode()).status == 202
            stage.system.step()
    assert stage.incident().trace == TRACE
    assert {message.trace for message in stage.pages()} == {TRACE}
    lines = [line for line in logs if line["event"] in {"taken", "incident_opened", "sent"}]
    assert {line["event"] for line in lines} == {"taken", "incident_opened", "sent"}
    assert {line["trace"] for line in lines} == {TRACE}


def test_a_foreign_verdict_carries_its_requests_trace(tmp_path: Path) -> None:
    """From the header, or one made for the request."""
    stage = Stage(tmp_path)
    doors = _doors(stage.system.settings, stage.system.intake, stage.system.views, stage.clock)
    for number, headers in enumerate(({"traceparent": PARENT}, {}), start=1):
        alert = [{"labels": {"alertname": f"Down{number}", "service": f"s{number}"}, "annotations": {"summary": "x"}}]
        with capture_logs() as logs:
            assert doors.alerts(SENDER, headers, json.dumps(alert).encode()).accepted == 1
        assert [line["trace"] for line in logs] == ([TRACE] if headers else []), "told where the caller gave one"
        stage.system.step()
        trace = stage.incident(number).trace
        assert trace == TRACE if number == 1 else len(trace) == 32 and trace != TRACE


def test_a_fact_keeps_its_trace_wherever_it_lies(tmp_path: Path) -> None:
    """In the inbox's bytes, and as a CloudEvent for others."""
    event = Stage(tmp_path).event("a.b")
    traced = type(event)(**{**{name: getattr(event, name) for name in event.__struct_fields__}, "trace": TRACE})
    assert item_from_bytes(item_to_bytes(traced)) == traced
    assert from_header(to_wire(traced)["traceparent"]) == TRACE
    assert "traceparent" not in to_wire(event)


def test_a_webhook_passes_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the receiver's own trace goes on from ours."""
    stage = Stage(tmp_path)
    stage.send(stage.signal(trace=TRACE))
    message = dataclasses.replace(stage.pages()[0], to="http://127.0.0.1:9/")
    notifier = WebhookNotifier(WebhookSettings(secret="s" * 24))
    sent = []

    class Answer:
        is_success = True

        def __enter__(self) -> "Answer":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    class Client:
        def stream(self, _method: str, _to: str, *, content: bytes, headers: dict[str, str]) -> Answer:
            sent.append(headers)
            return Answer()

        def close(self) -> None:
            pass

    notifier._client.close()
    notifier._client = Client()  # type: ignore[assignment] # a wire that records
    notifier.send(message)
    assert from_header(sent[0]["traceparent"]) == TRACE
