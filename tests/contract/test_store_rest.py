"""Signals, silences, tokens, drill runs, reports and the installation's own values."""

import threading
from dataclasses import replace

import pytest

from incident.domain.errors import Conflict, NotFound
from incident.domain.events import NoteAdded
from incident.domain.suppression import Maintenance, Matcher, Silence
from incident.service.records import DrillRun, StoredReport, Token
from incident.store.uow import Database
from tests.contract.store_sample import NOW, at, stored


def test_a_signal_is_replaced_by_its_id(database: Database) -> None:
    """Also twice in one call; unknown ids are simply not there."""
    first, second = stored("a"), stored("a", incident_id="INC-2026-0001", last_at=at(1))
    with database.unit() as store:
        store.signals.save([first])
        assert store.signals.get(["a", "b", "a"]) == {"a": first}
        store.signals.save([first, second])
        store.signals.save([])
        assert store.signals.get(["a"]) == {"a": second}
        assert store.signals.get([]) == {}


def test_more_signals_than_one_statement_can_name_are_found(database: Database) -> None:
    """Twelve hundred at once."""
    names = [f"s{number}" for number in range(1200)]
    with database.unit() as store:
        store.signals.save([stored(name) for name in names])
        assert sorted(store.signals.get(names)) == sorted(names)


def test_signals_that_ran_out_or_wait_to_be_judged_anew_are_found(database: Database) -> None:
    """Raised ones only, the earliest first."""
    rows = [
        stored("late", ends_at=at(2)),
        stored("early", ends_at=at(1)),
        stored("cleared", ends_at=at(0), state="cleared", cleared_at=at(0)),
        stored("held", suppressed="silenced", look_again_at=at(1.5)),
        stored("free", look_again_at=at(0)),
    ]
    with database.unit() as store:
        assert store.signals.next_due() is None
        store.signals.save(rows)
        assert [s.signal.id for s in store.signals.run_out(at(2), 10)] == ["early", "late"]
        assert [s.signal.id for s in store.signals.run_out(at(2), 1)] == ["early"]
        assert store.signals.run_out(at(0.5), 10) == []
        assert [s.signal.id for s in store.signals.look_again(at(2), 10)] == ["held"]
        assert store.signals.next_due() == at(1)


def test_the_open_episode_of_a_series_is_found(database: Database) -> None:
    """Raised ones only; of two the one first seen last."""
    rows = [stored("disk@1"), stored("disk@2", first_at=at(1)), stored("disk@3", state="cleared", first_at=at(2))]
    with database.unit() as store:
        store.signals.save([*rows, stored("fan@1", state="cleared")])
        found = store.signals.open_episodes(["disk", "fan", "new"])
    assert {series: s.signal.id for series, s in found.items()} == {"disk": "disk@2"}


def test_signals_are_listed_latest_first(database: Database) -> None:
    """Of one incident, or all; old cleared ones can be forgotten."""
    with database.unit() as store:
        store.signals.save([stored("a", incident_id="I"), stored("b", incident_id="I", last_at=at(1))])
        store.signals.save([stored("c", last_at=at(2)), stored("d", state="cleared", last_at=at(-5))])
        assert [s.signal.id for s in store.signals.of_incident("I")] == ["b", "a"]
        assert [s.signal.id for s in store.signals.recent(3)] == ["c", "b", "a"]
        assert store.signals.purge(at(-1)) == 1  # type: ignore[attr-defined] # beyond the port


def _silence(name: str, **changes: object) -> Silence:
    silence = Silence(name, (Matcher("site", "=~", "h.*"),), NOW, at(60), "wang", "割接")
    return replace(silence, **changes)  # type: ignore[arg-type] # the fields are right


def test_silences_and_windows_hold_until_they_end(database: Database) -> None:
    """Also those to come are told."""
    window = Maintenance("w1", ("ivr", "crm"), at(10), at(20), "li", "升级")
    with database.unit() as store:
        store.silences.add_silence(_silence("s1"))
        store.silences.add_silence(_silence("s2", ends_at=at(5)))
        store.silences.add_window(window)
        assert [s.id for s in store.silences.silences(NOW)] == ["s1", "s2"]
        assert store.silences.silences(at(5)) == [_silence("s1")]
        assert store.silences.windows(NOW) == [window]
        assert store.silences.windows(at(20)) == []
        with pytest.raises(Conflict):
            store.silences.add_silence(_silence("s1"))


def test_ending_a_silence_has_what_it_held_back_looked_at_again(database: Database) -> None:
    """Once; a second time there is nothing to end."""
    with database.unit() as store:
        store.silences.add_silence(_silence("s1"))
        store.signals.save([stored("held", suppressed="silenced", look_again_at=at(60)), stored("free")])
        store.silences.end("s1", at(1))
        assert store.silences.silences(at(1)) == []
        assert [s.signal.id for s in store.signals.look_again(at(1), 10)] == ["held"]
        with pytest.raises(NotFound):
            store.silences.end("s1", at(2))


def _token(name: str, **changes: object) -> Token:
    token = Token(f"hash-{name}", name, "api", "intake", "", NOW, at(60))
    return replace(token, **changes)  # type: ignore[arg-type] # the fields are right


def test_a_token_is_found_by_its_hash_and_can_be_revoked(database: Database) -> None:
    """By name (all of that name), or one by its hash; once."""
    with database.unit() as store:
        for token in (_token("a"), _token("b", may_drill=True), replace(_token("a"), hash="h2", created_at=at(1))):
            store.tokens.add(token)
        assert store.tokens.find("hash-b") == _token("b", may_drill=True)
        assert store.tokens.find("nobody") is None
        store.tokens.revoke_hash("hash-b", at(2))
        store.tokens.revoke_hash("hash-b", at(3))
        assert store.tokens.revoke("a", at(2)) == 2
        assert store.tokens.revoke("a", at(3)) == 0
        assert {token.revoked_at for token in store.tokens.rows()} == {at(2)}
        assert [token.hash for token in store.tokens.rows()] == ["h2", "hash-a", "hash-b"]
        with pytest.raises(Conflict):
            store.tokens.add(_token("a"))


def test_a_one_time_link_works_once(database: Database) -> None:
    """Whoever comes second is told so; an unknown one never works."""
    with database.unit() as store:
        store.tokens.add(_token("a", kind="login"))
        assert [store.tokens.use("hash-a", at(n)) for n in (1, 2)] == [True, False]
        assert not store.tokens.use("nobody", NOW)
        used = store.tokens.find("hash-a")
        assert used is not None
        assert used.used_at == at(1)


def test_drill_runs_are_kept_and_running_ones_found(database: Database) -> None:
    """Newest first in the list."""
    first = DrillRun("d1", "outage", "running", NOW, body={"steps": [1]})
    second = DrillRun("d2", "leak", "planned", at(1))
    with database.unit() as store:
        store.drills.save(first)
        store.drills.save(second)
        assert store.drills.running() == [first]
        store.drills.save(replace(first, state="aborted", ended_at=at(2), reason="real incident"))
        assert store.drills.get("d1").reason == "real incident"
        assert [run.id for run in store.drills.rows()] == ["d2", "d1"]
        with pytest.raises(NotFound):
            store.drills.get("d3")


def test_reports_are_kept_per_incident(database: Database) -> None:
    """Newest first."""
    first = StoredReport("r1", "INC-2026-0001", NOW, final=False, drill=False, restricted=True, data={"a": [1]})
    second = replace(first, id="r2", created_at=at(1), final=True)
    other = replace(first, id="r3", incident_id="INC-2026-0002", created_at=at(2))
    with database.unit() as store:
        for report in (first, second, other):
            store.reports.save(report)
        assert store.reports.get("r1") == first
        assert store.reports.rows("INC-2026-0001") == [second, first]
        assert [report.id for report in store.reports.rows(limit=2)] == ["r3", "r2"]
        with pytest.raises(NotFound):
            store.reports.get("r4")


def test_values_are_put_and_got(database: Database) -> None:
    """The first one put if absent stands."""
    with database.unit() as store:
        assert store.keys.get("key") is None
        assert store.keys.put_if_absent("key", "one") == "one"
        assert store.keys.put_if_absent("key", "two") == "one"
        store.keys.put("key", "three")
        assert store.keys.get("key") == "three"


def test_two_nodes_that_start_together_agree_on_one_key(database: Database) -> None:
    """Whoever commits first."""
    agreed: set[str] = set()
    start = threading.Barrier(3)

    def node(name: str) -> None:
        start.wait()
        with database.unit() as store:
            agreed.add(store.keys.put_if_absent("signing", name))
            store.commit()

    nodes = [threading.Thread(target=node, args=(name,)) for name in "abc"]
    for one in nodes:
        one.start()
    for one in nodes:
        one.join()
    assert len(agreed) == 1


def test_two_nodes_that_lock_one_value_take_turns(database: Database) -> None:
    """The second sees what the first left, and nothing gets lost in between."""
    start = threading.Barrier(3)

    def node() -> None:
        start.wait()
        for _ in range(5):
            with database.unit() as store:
                store.keys.put("turn", str(int(store.keys.lock("turn") or 0) + 1))
                store.commit()

    nodes = [threading.Thread(target=node) for _ in range(3)]
    for one in nodes:
        one.start()
    for one in nodes:
        one.join()
    with database.unit() as store:
        assert store.keys.lock("turn") == "15"
        assert store.keys.lock("never put") is None


def test_logs_that_grew_beyond_a_mark_are_told(database: Database) -> None:
    """From the number that stands under the mark; at most so many."""
    with database.unit() as store:
        for stream in ("INC-2026-0001", "INC-2026-0002"):
            events = [NoteAdded("a"), NoteAdded("b")]
            store.log.append(stream, events, actor="system", occurred_at=NOW, recorded_at=NOW, expected=0)
        store.keys.put("out.INC-2026-0001", "2")
        assert store.log.behind("out.", 10) == [("INC-2026-0002", 0)]
        store.keys.put("out.INC-2026-0002", "1")
        assert store.log.behind("out.", 10) == [("INC-2026-0002", 1)]
        assert store.log.behind("other.", 1) == [("INC-2026-0001", 0)]
