"""The parts that commands work with: database, roster, desk and views. No detectors, and nothing is sent from here:
a running ``tocsin up`` notices what was written and sends."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from config.cli.context import Cli
from config.settings import BaseTocsinSettings
from detectors.scan import mask
from incident.domain.errors import BadInput
from incident.domain.roster import Person, Roster
from incident.domain.suppression import ServiceMap
from incident.report.names import Names
from incident.service.clock import SystemClock
from incident.service.desk import Desk
from incident.service.ports import Clock
from incident.service.projection import Board
from incident.service.redaction import Viewer
from incident.service.roster_file import RosterFile
from incident.service.roster_file import load as load_roster
from incident.service.services_file import load_services
from incident.service.session import Rules
from incident.service.views import Views
from incident.store.uow import Database
from playbooks.command import CommandPlanner, command_planner
from playbooks.loader import Loaded
from playbooks.loader import load as load_playbooks


@dataclass
class House:
    """What a command needs of the system; each file is read when first asked for. Raises BadInput with its faults."""

    settings: BaseTocsinSettings
    database: Database
    clock: Clock

    @cached_property
    def roster_file(self) -> RosterFile:
        """People and positions, with what is unwise about them."""
        chosen = self.settings
        return load_roster(chosen.path(chosen.people), set(chosen.notifier_settings()), chosen.language)

    @property
    def roster(self) -> Roster:
        """People and positions."""
        return self.roster_file.roster

    @cached_property
    def services(self) -> ServiceMap:
        """What stands on what."""
        return load_services(self.settings.path(self.settings.services))

    @cached_property
    def playbooks(self) -> dict[str, Loaded]:
        """The playbooks in use, by id."""
        return load_playbooks(self.settings.path(self.settings.playbooks), self.roster)

    @cached_property
    def planner(self) -> CommandPlanner:
        """The playbooks with command around them, as the running system has them."""
        return command_planner(self.playbooks, self.settings.own, timezone=self.settings.timezone)

    @cached_property
    def names(self) -> Names:
        """Display names."""
        return Names.of(self.roster)

    @cached_property
    def views(self) -> Views:
        """Queries; every answer has passed redaction."""
        return Views(self.database.reading, self.names, self.clock)

    @cached_property
    def desk(self) -> Desk:
        """Commands that change something."""
        chosen, channels = self.settings.board, self.settings.notifier_settings()
        board = Board(chosen.via, chosen.channel, chosen.drill_channel) if chosen and chosen.via in channels else None
        rules = Rules(self.roster, self.planner, self.services, board)
        return Desk(self.database.unit, rules, self.clock, self.names, mask=mask)

    def person(self, person_id: str) -> Person:
        """Somebody of the roster. Raises BadInput with the nearest name."""
        known = self.roster.people
        if person_id not in known:
            close = difflib.get_close_matches(person_id, known, n=1)
            remedy = f"did you mean '{close[0]}'?" if close else "people are listed in people.yaml"
            raise BadInput(f"unknown person '{person_id}'", remedy=remedy)
        return known[person_id]

    def position(self, position_id: str) -> str:
        """A position of the roster. Raises BadInput with the nearest one."""
        known = self.roster.positions
        if position_id not in known:
            close = difflib.get_close_matches(position_id, known, n=1)
            remedy = f"did you mean '{close[0]}'?" if close else "positions are listed in people.yaml"
            raise BadInput(f"unknown position '{position_id}'", remedy=remedy)
        return position_id

    def viewer(self, person_id: str) -> Viewer:
        """How redaction sees this person; nobody in particular when empty. Raises BadInput for somebody unknown."""
        return Viewer(self.person(person_id).id, "responder") if person_id else Viewer()

    def actor(self, cli: Cli, person_id: str) -> str:
        """Who acts. Ends with exit code 2 when nobody is named. Raises BadInput for somebody unknown."""
        if not person_id:
            cli.misuse("say who you are: --as PERSON, or set TOCSIN_AS")
        return self.person(person_id).id


@contextmanager
def house(cli: Cli, *, create: bool = False) -> Iterator[House]:
    """Open the house of the settings in use.

    The file of an installation is set up when first used, as ``up`` would; a server only with ``create``. A folder
    without tocsin.yaml is no installation: an incident opened there would be seen by nobody.
    """
    database = Database(cli.settings.database_url, upgrades=cli.settings.own is not None)
    try:
        if create:
            if not cli.settings.database.get_secret_value():
                data_directory(cli.settings).mkdir(parents=True, exist_ok=True, mode=0o700)
            database.upgrade()
        yield House(cli.settings, database, SystemClock())
    finally:
        database.close()


def data_directory(settings: BaseTocsinSettings) -> Path:
    """Where the database and the lock of this installation are."""
    return settings.path(settings.data)
