"""How far a run has come: which injects went out, which are due, when it ends. Pure; kept in ``DrillRun.body``.

A run carries its own copy of the drill. Due times follow from the start and the counts, so that another process
continues where a killed one stopped.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from drills.loader import Loaded
from drills.schema import Drill, Inject
from incident.intake.event import Event
from incident.service.records import DrillRun

FORMAT = "drill-run/v1"
PLANNED, RUNNING, FINISHED, ABORTED = "planned", "running", "finished", "aborted"
Book = dict[str, list[list[str]]]
"""The drill address book as it was at the start: person → [[via, to] …]."""


@dataclass(frozen=True, slots=True)
class Due:
    """Occurrence number ``first`` up to but not including ``end`` of an inject."""

    inject: Inject
    first: int
    end: int


def new_run(loaded: Loaded, run_id: str, now: datetime, *, by: str, mode: str, book: Book) -> DrillRun:
    """A run that begins now. ``by`` is a person's id or ``programme``; ``mode`` is ``live`` or ``fast``."""
    title = loaded.spec.title.text
    body: dict[str, Any] = {
        "format": FORMAT, "title": {"zh": title.zh, "en": title.en}, "scenario": loaded.spec.scenario.value,
        "mode": mode, "by": by, "spec": loaded.data, "hash": loaded.hash, "book": book,
        "ends": (now + loaded.spec.length).isoformat(), "sent": {}, "skipped": {}, "incidents": [],
    }  # fmt: skip
    return DrillRun(id=run_id, drill=loaded.spec.id, state=RUNNING, started_at=now, body=body)


def spec_of(run: DrillRun) -> Drill | None:
    """The drill as it stood when the run began; None for a run that never began."""
    data = run.body.get("spec")
    return _parsed(json.dumps(data)) if isinstance(data, dict) else None


@lru_cache(maxsize=16)
def _parsed(data: str) -> Drill:
    """Runs are looked at several times a second, and their copy of the drill never changes."""
    return Drill.model_validate(json.loads(data))


def ends_at(run: DrillRun, drill: Drill) -> datetime:
    """When the run is over at the latest."""
    return run.started_at + drill.length


def due(run: DrillRun, drill: Drill, now: datetime) -> Iterator[Due]:
    """What should have happened by ``now`` and is not in the record yet, in the order of the drill."""
    for inject in sorted(drill.injects, key=lambda one: one.at):
        if inject.id in _skipped(run):
            continue
        first, end = sent_count(run, inject.id), _reached(run, inject, now)
        if first < end:
            yield Due(inject, first, end)


def next_due(run: DrillRun, drill: Drill) -> datetime:
    """When something will next be due: an inject, or the end."""
    moments = [
        run.started_at + inject.at + inject.every * sent_count(run, inject.id)
        for inject in drill.injects
        if inject.id not in _skipped(run) and sent_count(run, inject.id) < inject.times
    ]
    return min([*moments, ends_at(run, drill)])


def all_out(run: DrillRun, drill: Drill) -> bool:
    """True when every inject was sent or left out."""
    return all(i.id in _skipped(run) or sent_count(run, i.id) >= i.times for i in drill.injects)


def sent_count(run: DrillRun, inject_id: str) -> int:
    """How many occurrences of an inject went out."""
    return int(run.body["sent"].get(inject_id, {}).get("count", 0))


def sent_at(run: DrillRun, inject_id: str) -> datetime | None:
    """When an inject first went out."""
    found = run.body["sent"].get(inject_id)
    return datetime.fromisoformat(found["first"]) if found else None


def marked_sent(run: DrillRun, one: Due, now: datetime) -> DrillRun:
    """The run with these occurrences in its record. A later count never falls."""
    before = run.body["sent"].get(one.inject.id)
    count = max(one.end, before["count"] if before else 0)
    entry = {"count": count, "first": before["first"] if before else now.isoformat(), "last": now.isoformat()}
    return _with(run, sent={**run.body["sent"], one.inject.id: entry})


def marked_skipped(run: DrillRun, inject_id: str, now: datetime) -> DrillRun:
    """The run with an inject left out because play had not strayed."""
    return _with(run, skipped={**_skipped(run), inject_id: now.isoformat()})


def with_incidents(run: DrillRun, ids: list[str]) -> DrillRun:
    """The run with the incidents it has caused so far."""
    return _with(run, incidents=ids)


def events_of(run: DrillRun, one: Due) -> list[Event]:
    """The facts of these occurrences, marked with the run, named so that sending them twice changes nothing.

    Their time is the planned one: an inject sent late tells of what happened in between.
    """
    if one.inject.event is None:
        return []
    start = run.started_at + one.inject.at
    return [
        Event(
            id=f"{one.inject.id}-{number}", source=f"drill/{run.id}", type=one.inject.event.type,
            time=(start + one.inject.every * number).timestamp(), data=dict(one.inject.event.data), drill=run.id,
        )
        for number in range(one.first, one.end)
    ]  # fmt: skip


def silent_positions(run: DrillRun, drill: Drill) -> tuple[str, ...]:
    """Positions whose holders do not answer from now on."""
    return tuple(i.to for i in drill.injects if i.kind == "silence" and i.to and sent_count(run, i.id))


def _reached(run: DrillRun, inject: Inject, now: datetime) -> int:
    passed = now - run.started_at - inject.at
    if passed.total_seconds() < 0:
        return 0
    return inject.times if not inject.every else min(inject.times, passed // inject.every + 1)


def _skipped(run: DrillRun) -> dict[str, str]:
    found: dict[str, str] = run.body["skipped"]
    return found


def _with(run: DrillRun, **changes: Any) -> DrillRun:
    return replace(run, body={**run.body, **changes})
