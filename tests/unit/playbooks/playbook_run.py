"""A playbook running without a database: commands in, log out, the state always folded from the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from incident.domain import commands as c
from incident.domain import events as e
from incident.domain.decide import decide
from incident.domain.incident import Incident, evolve, fold
from incident.domain.plan import Plan
from incident.domain.roster import Person, Position, Roster
from incident.domain.words import Degree, Scenario, Text
from playbooks.engine import advance
from playbooks.loader import load_file

START = datetime(2026, 9, 29, 1, 0, tzinfo=UTC)  # a Tuesday, 9 a.m. in Shanghai, before the National Day holidays
POSITIONS = ("director", "ops", "legal", "supervisor", "shift_lead", "tech", "admin", "hr")
ROSTER = Roster(
    people={f"{name}-1": Person(f"{name}-1", Text.same(name)) for name in POSITIONS},
    positions={name: Position(name, Text.same(name.title()), (f"{name}-1",)) for name in POSITIONS},
)

PLAYBOOK = """\
schema: playbook/v1
id: outage
version: 1.0.0
title: {zh: 系统故障, en: Outage}
scenario: system-outage
owner: ops
approved: {by: director, on: 2026-01-15}
review: {every: 365d}
source: [P2, P4]
vars:
  affected_pct: {type: number, ask: {zh: 影响多大？, en: How much is hit?}, who: tech}
  leak: {type: tribool, ask: {zh: 数据是否外泄？, en: Is data out?}, who: legal}
  answered_pct: {type: number, ask: {zh: 接通率？, en: What share is answered?}, who: shift_lead}
anchors: [declared]
groups:
  leadership: {head: director, deputies: [ops], members: [legal], quorum: 2}
  response: {head: supervisor, deputies: [shift_lead], members: [tech]}
  logistics: {head: admin, deputies: [hr]}
levels:
  - {level: 1, when: affected_pct >= 80 || minutes.opened >= 120, convene: [leadership, response, logistics]}
  - {level: 2, when: affected_pct >= 50, convene: [leadership, response]}
  - {level: 3, when: affected_pct >= 20, convene: [response]}
  - {level: 4, convene: [response]}
succession: {ack_within: 5m, then: next_deputy, last_resort: leadership}
phases:
  - id: alarm
    exit: done.judge
    tasks:
      - id: judge
        kind: decision
        do: {zh: 判断, en: Judge}
        owner: supervisor
        backup: shift_lead
        due: {from: opened, in: 10m}
        waive: never
        marks: declared
        options:
          - {id: declare, do: {zh: 启动, en: Declare}}
          - {id: reject, do: {zh: 误报, en: False alarm}}
  - id: response
    exit: done.restore
    tasks:
      - id: paper
        do: {zh: 改用纸质, en: Switch to paper}
        owner: shift_lead
        needs: [judge]
        when: affected_pct >= 50
        due: {from: declared, in: 15m}
        temporary: true
        undo: paper_off
      - id: restore
        do: {zh: 恢复, en: Restore}
        owner: tech
        needs: [judge]
        due: {from: opened, in: 60m}
        evidence: [screenshot]
        proof: required
      - id: data_check
        kind: decision
        do: {zh: 核查数据, en: Check the data}
        owner: tech
        sets: leak
        due: {from: opened, in: 30m}
        waive: {by: [director]}
      - id: tell_customers
        kind: comms
        do: {zh: 告知客户, en: Tell customers}
        owner: shift_lead
        when: leak == yes
        due: {from: opened, in: 45m}
        drill: simulate
      - id: page_vendor
        do: {zh: 联系供应商, en: Call the vendor}
        owner: tech
        due: {from: opened, in: 20m}
        blocks_end: false
        drill: skip
  - id: logistics
    parallel_with: response
    tasks:
      - {id: meals, do: {zh: 安排餐饮, en: Arrange meals}, owner: admin, blocks_end: false}
  - id: cleanup
    exit: open_measures < 1
    tasks:
      - {id: paper_off, do: {zh: 补录, en: Enter the paper}, owner: shift_lead, due: {from: recovered, in: 1d}}
  - id: report
    tasks:
      - {id: report, do: {zh: 报告, en: Report}, owner: ops, due: {from: ended, in: 3bd}}
start_playbook:
  - id: leak_suspected
    playbook: data-leak
    when: leak == yes || (overdue.data_check && !known.leak)
    who: legal
end:
  criteria:
    - {id: service, text: {zh: 接通率恢复, en: Calls are answered}, when: answered_pct >= 80}
  hold: 30m
  sign: supervisor
"""


def minutes(count: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=count)


def plan_of(folder: Path, text: str = PLAYBOOK) -> Plan:
    """The plan a file with this text becomes."""
    path = folder / "outage.yaml"
    path.write_text(text, "utf-8")
    return load_file(path, ROSTER).plan


class Run:
    """One incident. ``log`` is all there is; ``state`` is its fold."""

    def __init__(self, plan: Plan, level: int = 3, drill: str | None = None) -> None:
        self.plan = plan
        self.log: list[e.Entry] = []
        opened = e.IncidentOpened(
            "inc-1", Scenario.SYSTEM_OUTAGE, Text.same("Phones down"), level, Degree.MEDIUM, Degree.LOW, "k", START,
            START, drill=drill,
        )  # fmt: skip
        self._write([opened], START, "system")
        self.tick(START)

    @property
    def state(self) -> Incident:
        """The state, folded from the log afresh."""
        return fold(self.log)

    def _write(self, events: list[e.DomainEvent], at: datetime, actor: str, recorded: datetime | None = None) -> None:
        for event in events:
            self.log.append(e.Entry("inc-1", len(self.log) + 1, event, actor, at, recorded or at))

    def tick(self, now: datetime, **facts: object) -> list[e.DomainEvent]:
        """Let the plan say all it has to say; asking again says nothing."""
        events = advance(self.plan, self.log, facts, ROSTER, now)
        self._write(events, now, "system")
        assert advance(self.plan, self.log, facts, ROSTER, now) == []
        return events

    def do(self, command: c.Command, now: datetime) -> list[e.DomainEvent]:
        """A person gives a command, and what follows follows."""
        events = decide(self.state, command, now)
        self._write(events, command.at or now, f"person:{command.by}", now)
        return [*events, *self.tick(now)]

    def tell(self, now: datetime, **facts: str) -> list[e.DomainEvent]:
        """Somebody answers questions."""
        found: list[e.DomainEvent] = []
        for name, value in facts.items():
            found += self.do(c.SetFact(incident_id="inc-1", by="tech-1", fact=name, value=value), now)
        return found

    def done(self, task: str, now: datetime, by: str = "tech-1", **more: str) -> list[e.DomainEvent]:
        """Somebody finishes a task."""
        return self.do(c.CompleteTask(incident_id="inc-1", by=by, task_id=task, **more), now)  # type: ignore[arg-type]  # the task's own fields


def folded_again(log: list[e.Entry]) -> Incident:
    """The same fold in two halves, as after a crash with a snapshot between."""
    half = fold(log[: len(log) // 2])
    for entry in log[len(log) // 2 :]:
        evolve(half, entry.event, entry.occurred_at, entry.actor)
    return half
