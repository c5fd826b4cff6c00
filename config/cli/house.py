"""The parts that commands work with: the papers, database, desk and views. No detectors, and nothing is sent from here:
a running ``tocsin up`` notices what was written and sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from config.cli.context import Cli
from config.cli.papers import Papers
from config.settings import BaseTocsinSettings
from detectors.scan import mask, mask_private
from incident.service.clock import SystemClock
from incident.service.desk import Desk
from incident.service.masking import Masks
from incident.service.projection import Board
from incident.service.redaction import Viewer
from incident.service.session import Rules
from incident.service.views import Views
from incident.store.uow import Database


@dataclass
class House(Papers):
    """What a command needs of the system; the papers, and what is kept."""

    database: Database

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
        return Desk(self.database.unit, rules, self.clock, self.names, masks=Masks(mask, mask_private))

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
        yield House(cli.settings, SystemClock(), database)
    finally:
        database.close()


def data_directory(settings: BaseTocsinSettings) -> Path:
    """Where the database and the lock of this installation are."""
    return settings.path(settings.data)
