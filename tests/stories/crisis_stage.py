"""The stage with what stories about a commanded crisis need."""

from datetime import timedelta

from incident.domain.commands import ReportIncident
from incident.domain.incident import Incident
from incident.domain.words import Degree, Scenario
from playbooks.materials import Item, load_stock
from tests.harness import Stage


class CrisisStage(Stage):
    """A whole Tocsin with the shipped clocks, messages and materials."""

    @property
    def items(self) -> dict[str, Item]:
        """The store's list."""
        return load_stock()

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
