"""What the files of an installation say: settings, people, services, playbooks. No database."""

import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from config.cli.context import Cli
from config.settings import BaseTocsinSettings
from incident.domain.errors import BadInput
from incident.domain.roster import Person, Roster
from incident.domain.said import said
from incident.service.clock import SystemClock
from incident.service.roster_file import RosterFile, load

if TYPE_CHECKING:
    from incident.domain.suppression import ServiceMap
    from incident.report.names import Names
    from incident.service.ports import Clock
    from playbooks.command import CommandPlanner
    from playbooks.loader import Loaded


@dataclass
class Papers:
    """The files of the settings in use, each read when first asked for. Raises BadInput with its faults."""

    settings: BaseTocsinSettings
    clock: "Clock"

    @cached_property
    def roster_file(self) -> RosterFile:
        """People and positions, with what is unwise about them."""
        chosen = self.settings
        return load(chosen.path(chosen.people), set(chosen.notifier_settings()), chosen.language)

    @property
    def roster(self) -> Roster:
        """People and positions."""
        return self.roster_file.roster

    @cached_property
    def services(self) -> "ServiceMap":
        """What stands on what."""
        from incident.service.services_file import load_services

        return load_services(self.settings.path(self.settings.services))

    @cached_property
    def playbooks(self) -> "dict[str, Loaded]":
        """The playbooks in use, by id."""
        from playbooks.loader import load

        return load(self.settings.path(self.settings.playbooks), self.roster)

    @cached_property
    def planner(self) -> "CommandPlanner":
        """The playbooks with command around them, as the running system has them."""
        from playbooks.command import command_planner

        return command_planner(self.playbooks, self.settings.own, timezone=self.settings.timezone)

    @cached_property
    def names(self) -> "Names":
        """Display names."""
        from incident.report.names import Names
        from playbooks.materials import load_stock

        own = self.settings.own
        items = load_stock(own / "materials.yaml" if own else None)
        return Names.of(self.roster, {item.id: item.title for item in items.values()})

    def person(self, person_id: str) -> Person:
        """Somebody of the roster. Raises BadInput with the nearest name."""
        known = self.roster.people
        if person_id not in known:
            close = difflib.get_close_matches(person_id, known, n=1)
            remedy = said("did you mean '{name}'?", name=close[0]) if close else "people are listed in people.yaml"
            raise BadInput(said("unknown person '{person}'", person=person_id), remedy=remedy)
        return known[person_id]

    def position(self, position_id: str) -> str:
        """A position of the roster. Raises BadInput with the nearest one."""
        known = self.roster.positions
        if position_id not in known:
            close = difflib.get_close_matches(position_id, known, n=1)
            remedy = said("did you mean '{name}'?", name=close[0]) if close else "positions are listed in people.yaml"
            raise BadInput(said("unknown position '{position}'", position=position_id), remedy=remedy)
        return position_id


def papers(cli: Cli) -> Papers:
    """The papers of the settings in use."""
    return Papers(cli.settings, SystemClock())
