"""The stage with command around the playbooks and the store's readiness beside the detectors."""

from dataclasses import replace
from datetime import timedelta

from config.wiring import System
from detectors.embedded import EmbeddedRunner
from detectors.rules import load_rules
from incident.domain.commands import ReportIncident
from incident.domain.incident import Incident
from incident.domain.words import Degree, Scenario
from incident.service.desk import Desk
from incident.service.engine import Engine
from playbooks.command import CommandPlanner, with_command
from playbooks.materials import Item
from playbooks.materials_watch import ReadinessWatch, Together
from tests.harness import Stage


class CrisisStage(Stage):
    """A whole Tocsin with the shipped clocks, messages and materials."""

    items: dict[str, Item]

    def _build(self) -> System:
        system = super()._build()
        planner = system.rules.planner
        if not isinstance(planner, CommandPlanner):
            planner = with_command(planner, self.home)
        rules = replace(system.rules, planner=planner)
        self.items = planner.items
        source = Together(EmbeddedRunner(load_rules(self.home / "detectors.yaml")), ReadinessWatch(self.items))
        engine = Engine(system.database.unit, system.database.reading, rules, source, self.clock)
        engine.start()
        system.dispatcher._rules = rules
        desk = Desk(system.database.unit, rules, self.clock, system.names, system.bell.ring)
        return replace(system, rules=rules, engine=engine, desk=desk)

    def report(self, scenario: Scenario, *, drill: str | None = None, grave: bool = True) -> Incident:
        """Somebody raises the alarm; everything due at this instant has happened."""
        degree = Degree.HIGH if grave else Degree.LOW
        opened = self.system.desk.report(
            ReportIncident(by="huang-li", scenario=scenario, title="报告", impact=degree, urgency=degree, drill=drill)
        )
        self.system.step()
        return opened

    def watch(self, *, by: str = "huang-li", **delta: float) -> None:
        """Time goes by while somebody answers what is called, every half hour and at the end."""
        end = self.clock.now() + timedelta(**delta)
        for incident_id in self.incident_ids():
            self.ack(incident_id, by)
        while self.clock.now() < end:
            self.push(seconds=min(1800.0, (end - self.clock.now()).total_seconds()))
            for incident_id in self.incident_ids():
                self.ack(incident_id, by)
