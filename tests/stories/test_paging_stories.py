"""Somebody is paged until somebody answers."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from incident.domain.commands import AddNote, Escalate, ReportIncident, Resolve
from incident.domain.crisis_commands import GiveOrder
from incident.domain.incident import Status
from incident.domain.message import SendError
from incident.domain.words import Degree, Scenario
from tests.harness import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_it_pages_the_head_then_again_then_the_deputy(stage: Stage) -> None:
    """Nobody answers: the head is asked twice, then the first deputy, and each step says why."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    head = stage.paged()[0]

    stage.push(minutes=5, seconds=1)
    after_one = stage.paged()
    stage.push(minutes=5)

    assert after_one.count(head) == 2
    assert stage.paged()[-1] != head
    assert stage.told("no answer")


def test_a_number_typed_into_an_alarm_reaches_nobody_in_the_clear(stage: Stage) -> None:
    """Whoever raises the alarm may name a customer; pages, log and report show the number masked."""
    by, title = "xu-fang", "Customer 13812345678 found on the web"
    opened = stage.system.desk.report(ReportIncident(by=by, scenario=Scenario.OTHER, title=title, description=title))
    stage.system.step()

    assert stage.paged()
    with stage.system.database.reading() as store:
        kept = repr([opened.title, store.log.entries(opened.id), store.outbox.rows(), stage.slack.sent])
    assert "138" in kept
    assert "13812345678" not in kept


def test_a_number_typed_while_it_runs_is_kept_and_told_masked(stage: Stage) -> None:
    """A note, an order, the three parts of the report: neither log, messages nor report hold it in the clear."""
    stage.send(stage.signal())
    on, said = stage.incident().id, "caller 13812345678 is furious"
    give = GiveOrder(incident_id=on, by="zhou-wei", text=said, position="shift_lead")
    for command in (AddNote(incident_id=on, by="xu-fang", text=said), give):
        stage.system.desk.do(command)
    stage.system.desk.do(Resolve(incident_id=on, by="xu-fang", cause=said, process=said, after_care=said))
    stage.push(minutes=1)

    with stage.system.database.reading() as store:
        kept = repr([store.log.entries(on), store.incidents.get(on), store.outbox.rows(), stage.slack.sent])
    assert "caller 138******78 is furious" in kept
    assert "13812345678" not in kept


def test_nobody_answers_for_an_hour_so_the_leadership_is_paged(stage: Stage) -> None:
    """The call climbs to the leadership, goes on there and never falls silent."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    assert "zhou-wei" not in stage.paged()

    stage.push(hours=1)
    an_hour = len(stage.paged())
    stage.push(minutes=30)

    assert "zhou-wei" in stage.paged()
    assert len(stage.paged()) > an_hour


def test_an_answer_stops_everything_that_is_pending(stage: Stage) -> None:
    """Once somebody has answered, time brings no further page for the alarm."""
    stage.send(stage.signal())
    incident = stage.ack(stage.incident().id, by=stage.paged()[0])
    reached = len(stage.paged())

    stage.push(minutes=4)

    assert incident.status is Status.ACKNOWLEDGED
    assert len(stage.paged()) == reached
    assert all(call.answered_by for call in stage.incident().calls.values())


def test_one_person_gets_one_page_at_a_time(stage: Stage) -> None:
    """Nobody answers for forty minutes; tasks fall due too, yet nobody gets two pages within five minutes."""
    stage.send(stage.signal(impact=Degree.HIGH))
    stage.push(minutes=40)

    times: dict[str, list[float]] = {}
    for page in stage.pages():
        times.setdefault(page.to, []).append(page.at.timestamp())

    assert all(later - earlier >= 299 for row in times.values() for earlier, later in pairwise(row))


def test_answering_twice_changes_nothing(stage: Stage) -> None:
    """The second answer, by the same person or another, adds no entry to the log."""
    stage.send(stage.signal())
    first = stage.ack(stage.incident().id, by=stage.paged()[0]).version

    assert stage.ack(stage.incident().id, by=stage.paged()[0]).version == first
    assert stage.ack(stage.incident().id, by="wu-hao").version == first


def test_a_delivered_page_says_who_has_answered(stage: Stage) -> None:
    """The others' messages are edited in place instead of a new message to everybody."""
    stage.send(stage.signal(impact=Degree.HIGH))
    people = stage.paged()
    assert len(people) > 1

    stage.ack(stage.incident().id, by=people[0])
    edited = [m for m in stage.slack.sent if m.update]

    assert {m.to for m in edited} == set(people)
    assert all("Answered" in m.body or "响应" in m.body or "应答" in m.body for m in edited)


def test_a_later_call_is_answered_like_the_first(stage: Stage) -> None:
    """The alarm is answered, then an overdue task calls again: the second answer is taken, earlier pages stay."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    stage.ack(stage.incident().id, by="huang-li")
    edited = len([m for m in stage.slack.sent if m.update])
    stage.push(minutes=20)
    assert any(call.open for call in stage.incident().calls.values())

    stage.ack(stage.incident().id, by="wu-hao")

    assert not any(call.open for call in stage.incident().calls.values())
    assert len([m for m in stage.slack.sent if m.update]) > edited


def test_a_dead_channel_falls_to_the_next(stage: Stage) -> None:
    """Slack refuses for good: the mail goes out at once, and the timeline says why."""
    stage.slack.fail_next(SendError("unauthorized", permanent=True))
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))

    assert stage.paged() == []
    assert len(stage.paged(stage.email)) == 1
    assert stage.told("Slack")


def test_a_shaky_channel_is_tried_again(stage: Stage) -> None:
    """A failure that may pass is tried again on the same channel before the next one is taken."""
    stage.slack.fail_next(SendError("timeout", permanent=False))
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))

    stage.push(seconds=3)

    assert len(stage.paged()) == 1
    assert stage.paged(stage.email) == []


def test_nobody_reachable_goes_up_at_once(stage: Stage) -> None:
    """All of the head's channels fail for good: the deputy is paged in the same instant, not after five minutes."""
    stage.slack.fail_next(SendError("bad_address", permanent=True))
    stage.email.fail_next(SendError("bad_address", permanent=True))
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))

    assert len(stage.paged()) == 1
    assert stage.told("could not")


def test_a_person_can_hurry_the_call(stage: Stage) -> None:
    """Whoever can't wait sends the call to its next rung."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    first = stage.paged()

    stage.do(Escalate(incident_id=stage.incident().id, by="tang-yu", reason="queue explodes"))

    assert len(stage.paged()) > len(first)
    assert stage.paged()[-1] != first[0]


def test_nothing_is_lost_when_the_process_dies_between_page_and_answer(stage: Stage) -> None:
    """A new process takes up the call where the old one left it."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    head = stage.paged()[0]

    stage.restart()
    stage.push(minutes=5, seconds=1)

    assert stage.paged().count(head) == 2


def test_the_report_reaches_management_when_it_is_signed(stage: Stage) -> None:
    """Resolve, end with a signature: management gets the report with its file."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    incident = stage.incident()
    stage.ack(incident.id, by="liu-yang")
    stage.do(Resolve(incident_id=incident.id, by="liu-yang", cause="c", process="p", after_care="a"))
    stage.send(stage.signal(state="cleared", at=stage.clock.now()))
    stage.push(minutes=1)
    stage.end(incident.id, by="liu-yang")

    reports = [m for m in stage.slack.sent if m.kind.value == "report"]

    assert {m.to for m in reports} >= {"zhou-wei"}
    assert all(m.attachments for m in reports)
    assert stage.incident().status is Status.ENDED


def test_time_alone_finishes_no_task(stage: Stage) -> None:
    """An afternoon goes by: tasks are overdue, people are called, nothing counts as done."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    stage.ack(stage.incident().id, by="liu-yang")

    stage.push(hours=2)
    incident = stage.incident()

    assert not any(task.finished for task in incident.tasks.values())
    assert any(task.overdue_step for task in incident.tasks.values())
    assert stage.clock.now() - incident.anchors["opened"] >= timedelta(hours=2)
