"""A drill goes the same road as reality and never leaks into it."""

from dataclasses import replace
from pathlib import Path

import pytest

from drills.progress import sent_count
from incident.domain.errors import Conflict
from incident.domain.events import DrillStopped, NoteAdded
from incident.domain.incident import Status
from incident.domain.message import MessageKind
from incident.service.records import DrillRun
from incident.service.redaction import Viewer
from tests.harness import Stage
from tests.unit.drills.rehearsing import Rehearsal, small_drill


@pytest.fixture
def play(tmp_path: Path) -> Rehearsal:
    """A stage, and the small drill to play on it."""
    return Rehearsal(Stage(tmp_path / "home"), small_drill(tmp_path))


def test_a_drill_pages_only_the_drill_address_book(play: Rehearsal) -> None:
    """Every message of a drill goes to an address of the drill book; nobody's real address hears of it."""
    play.start()
    play.push(minutes=30)

    reached = {message.to for message in play.stage.slack.sent}
    assert reached
    assert all(to.startswith("drill-") for to in reached)
    assert not play.stage.email.sent


def test_a_real_incident_stops_the_drill_within_one_step_and_those_reached_are_told(play: Rehearsal) -> None:
    """Reality opens an incident: the drill is over in the same step, and whoever a drill page reached is told so."""
    run = play.start()
    play.push(minutes=2)
    reached = set(play.stage.paged())
    assert reached

    play.stage.send(play.stage.signal("real", labels={"service": "crm"}))

    assert play.house.run(run.id).state == "aborted"
    assert play.stage.incident(drill=True).status is Status.ENDED
    told = {m.to for m in play.stage.slack.sent if m.kind is MessageKind.NOTICE}
    assert reached <= told
    before = len(play.stage.slack.sent)
    play.push(minutes=5)
    drills = [m for m in play.stage.slack.sent[before:] if m.drill]
    assert drills == []


def test_a_stopped_drill_is_scored_as_far_as_it_went(play: Rehearsal) -> None:
    """Nothing that had no time to happen is held against anybody."""
    run = play.start()
    play.push(minutes=2)
    play.tick()
    play.stage.send(play.stage.signal("real", labels={"service": "crm"}))
    play.tick()

    score = play.house.run(run.id).body["score"]
    assert {one["id"]: one["rating"] for one in score["objectives"]}["answer"] == "not_observed"


def test_no_drill_begins_while_something_real_is_open(play: Rehearsal) -> None:
    """Starting one is refused with the incident's number."""
    play.stage.send(play.stage.signal())

    with pytest.raises(Conflict, match="INC-2026-0001"):
        play.start()


def test_only_one_drill_runs_at_a_time(play: Rehearsal) -> None:
    """A second one is refused with the name of the first."""
    run = play.start()

    with pytest.raises(Conflict, match=run.id):
        play.ticker.start(play.drill, by="liu-yang", run_id="another")


def test_killed_between_two_injects_the_next_process_sends_the_rest_once(play: Rehearsal) -> None:
    """Three of five events are out when the process dies; the next one sends two more, and the alarm is one alarm."""
    run = play.start()
    play.push(minutes=2, seconds=25)
    assert sent_count(play.house.run(run.id), "failures") == 3

    play.restart()
    play.push(minutes=4)

    now = play.house.run(run.id)
    assert sent_count(now, "failures") == 5
    assert len([i for i in play.stage.incident_ids() if i.startswith("DRL")]) == 1
    notes = [entry for entry in play.house.entries("DRL-2026-0001") if isinstance(entry.event, NoteAdded)]
    assert len(notes) == 1


def test_killed_after_sending_and_before_noting_it_nothing_is_doubled(play: Rehearsal) -> None:
    """The run's record is behind what was sent: the same facts and report come again and change nothing."""
    run = play.start()
    play.push(minutes=6)
    before = play.stage.incident(drill=True).version
    play.house.change(run.id, _forgetful)

    play.restart()
    play.tick()

    assert sent_count(play.house.run(run.id), "failures") == 5
    assert [i for i in play.stage.incident_ids() if i.startswith("DRL")] == ["DRL-2026-0001"]
    assert play.stage.incident(drill=True).version == before


def _forgetful(run: DrillRun) -> DrillRun:
    kept = {name: entry for name, entry in run.body["sent"].items() if name == "question"}
    return replace(run, body={**run.body, "sent": kept})


def test_drill_signals_never_join_a_real_incident(play: Rehearsal) -> None:
    """The same fault in a drill and in reality makes two incidents, and the real one never hears of the drill."""
    run = play.start()
    play.stage.send(play.stage.signal("same", drill=run.id))
    play.stage.send(play.stage.signal("same-for-real"))

    assert play.stage.incident_ids() == ["DRL-2026-0001", "INC-2026-0001"]
    real = play.stage.incident()
    assert real.drill is None
    assert real.signals_joined == 1
    assert not real.links


def test_what_a_drill_sends_after_its_end_is_dropped(play: Rehearsal) -> None:
    """A fact of a drill that is over opens nothing."""
    run = play.start()
    play.house.stop(run.id, "called_off")

    play.stage.send(play.stage.signal("late", drill=run.id))

    assert play.stage.incident_ids() == []


def test_every_text_a_person_saw_is_marked(play: Rehearsal) -> None:
    """Chinese readers see 【演练】, English readers DRILL, in front of every message."""
    play.start()
    play.push(minutes=70)

    for message in play.stage.slack.sent:
        assert message.drill
        assert message.title.startswith("【演练】" if message.language == "zh-CN" else "DRILL")


def test_a_drill_ends_by_itself_with_a_score_and_things_to_improve(play: Rehearsal) -> None:
    """Nobody answers: at the end the record holds U for it, an action on the incident, and the drill is over."""
    run = play.start()
    play.push(minutes=61)

    ended = play.house.run(run.id)
    assert ended.state == "finished"
    assert ended.body["incidents"] == ["DRL-2026-0001"]
    assert ended.body["score"]["met"] == 1
    assert ended.body["score"]["of"] == 2
    incident = play.stage.incident(drill=True)
    assert incident.status is Status.ENDED
    assert incident.follow_ups
    stopped = [entry.event for entry in play.house.entries(incident.id) if isinstance(entry.event, DrillStopped)]
    assert [event.reason for event in stopped] == ["drill_ended"]


def test_an_answer_within_the_target_is_rated_as_reached(play: Rehearsal) -> None:
    """Somebody acknowledges: the objective is P and the expectation met, before the drill has ended."""
    run = play.start()
    play.push(minutes=3)
    play.stage.ack("DRL-2026-0001", "huang-li")

    score = play.ticker.score(run.id)

    assert score.met == 2
    assert score.expectations[0].verdict == "met"


def test_a_controllers_words_reach_the_log_and_the_drill_address(play: Rehearsal) -> None:
    """A note inject stands on the incident's log under the drill's name and is sent to whoever holds the position."""
    play.start()
    play.push(minutes=6)

    with play.stage.system.database.reading() as store:
        rows = [row for row in store.outbox.rows() if row.payload.get("what") == "drill_inject"]
    assert len(rows) == 1
    assert rows[0].contacts[0][1].startswith("drill-")
    timeline = play.stage.system.views.timeline(Viewer(), "DRL-2026-0001", "zh-CN")
    assert any("客户问何时恢复" in line.text for line in timeline)


def test_an_incident_that_a_stopped_drill_left_open_is_ended(play: Rehearsal) -> None:
    """A report that raced the end of its drill does not stay open."""
    run = play.start()
    play.tick()
    play.house.stop(run.id, "called_off")
    due = next(iter(play.drill.spec.injects))
    play.house.report(play.ticker._alarm(run, due, play.stage.clock.now()))

    play.tick()

    assert play.stage.incident(drill=True).ended
