"""What drill tests share: a small drill, and a stage on which one is played by the pushed clock."""

from datetime import timedelta
from pathlib import Path

from config.drilling import House
from drills.loader import Loaded, load_file
from drills.ticker import DrillTicker
from incident.service.records import DrillRun
from tests.harness import Stage

SMALL = """
schema: drill/v1
id: small
title: {zh: 小演练, en: Small drill}
type: drill
scenario: system-outage
objectives:
  - id: answer
    title: {zh: 十分钟内应答, en: An answer within 10 minutes}
    target: {measure: time_to_ack, within: 10m}
  - {id: sealed, title: {zh: 不外泄, en: Stays inside}, target: {measure: nobody_paged_outside}}
roles: [{position: ops_manager, does: director}]
programme: {months: [3, 6, 9, 12], week: 2, weekday: wed, at: "14:30", announce: 3d}
length: 60m
safety: {stop_words: {zh: 停止演练, en: STOP DRILL}}
injects:
  - id: alarm
    at: 1m
    kind: report
    report: {by: shift_lead, scenario: system-outage, impact: high, urgency: high, service: ivr}
    text: {zh: 热线打不进来, en: Nobody gets through}
    expect: {ack: true, within: 10m}
    for: [answer]
  - id: failures
    at: 2m
    kind: event
    event: {type: request.served, data: {service: ivr, ok: false}, repeat: {times: 5, every: 10s}}
  - id: question
    at: 5m
    kind: note
    to: shift_lead
    text: {zh: 客户问何时恢复, en: Customers ask when it will be back}
script:
  ack: {default: 2m}
  tasks: {default: 5m}
restore: [{zh: 撤下演练提示, en: Take the drill's notices down}]
"""


PROGRAMME = 'programme: {months: [3, 6, 9, 12], week: 2, weekday: wed, at: "14:30", announce: 3d}\n'


def small_drill(folder: Path, text: str = SMALL) -> Loaded:
    """The small drill, or another one, loaded from a file."""
    path = folder / "small.yaml"
    path.write_text(text, "utf-8")
    return load_file(path)


class Rehearsal:
    """A stage with somebody who plays drills on it."""

    def __init__(self, stage: Stage, drill: Loaded) -> None:
        self.stage = stage
        self.drill = drill
        self._wire()

    def _wire(self) -> None:
        self.house = House.of(self.stage.system)
        self.ticker = DrillTicker(self.house)

    def start(self) -> DrillRun:
        """Begin the drill now."""
        return self.ticker.start(self.drill, by="liu-yang")

    def tick(self) -> None:
        """What the worker does: play what is due, then work."""
        while self.ticker.tick(self.stage.clock.now()) + self.stage.system.step():
            pass

    def push(self, **delta: float) -> None:
        """Time goes by; injects and timers happen at their own instants."""
        end = self.stage.clock.now() + timedelta(**delta)
        while (now := self.stage.clock.now()) < end:
            due = self.ticker.next_due()
            following = end if due is None else min(max(due, now + timedelta(milliseconds=1)), end)
            self.stage.push(seconds=(following - now).total_seconds())
            self.tick()

    def restart(self) -> None:
        """The process is killed; another one takes over."""
        self.stage.restart()
        self._wire()
