"""The one composition root: settings in, a whole system out. No other module knows which parts there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from uuid import uuid4

import incident
from config.meter import Meter
from config.settings import BaseTocsinSettings
from detectors.complaints.sorting import following
from detectors.elsewhere import Elsewhere
from detectors.embedded import EmbeddedRunner
from detectors.registry import AnyDetector
from detectors.rules import load_rules
from detectors.scan import mask, mask_private
from detectors.standing import RuleBook
from detectors.streaming.plan import Plan
from incident.domain.message import Attachment
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.heartbeats import Heartbeat
from incident.intake.mapping import load_webhooks
from incident.intake.ports import Caller, IntakePort
from incident.intake.verdict import Policy
from incident.report.build import from_json
from incident.report.names import Names
from incident.report.render import render_html
from incident.service.clock import SystemClock
from incident.service.desk import Desk
from incident.service.dispatcher import Dispatcher
from incident.service.engine import Engine
from incident.service.intake import Intake
from incident.service.leases import Duty, node_name
from incident.service.links import Links, signing_key
from incident.service.masking import Masks
from incident.service.messages import Composer
from incident.service.ports import Clock
from incident.service.projection import Board
from incident.service.redaction import Viewer
from incident.service.roster_file import load as load_roster
from incident.service.services_file import load_services
from incident.service.session import Rules
from incident.service.views import Views
from incident.store.uow import Database
from incident.web.intake_doors import Intake as Doors
from notifiers import registry
from notifiers.base import Notifier
from playbooks.command import command_planner
from playbooks.loader import load as load_playbooks
from playbooks.materials_watch import ReadinessWatch, Together

COMMAND = "command"
"""The duty of one node at a time: detectors, timers, drills, tidying up. Any node sends, and serves people."""


@dataclass(frozen=True, slots=True)
class System:
    """Everything that makes up one running Tocsin, wired but not started.

    ``warnings`` are for the operator; ``detectors`` and ``playbooks`` are the ids of those in use.
    """

    settings: BaseTocsinSettings
    clock: Clock
    database: Database
    rules: Rules
    names: Names
    links: Links
    intake: IntakePort
    duty: Duty
    engine: Engine
    dispatcher: Dispatcher
    desk: Desk
    views: Views
    doors: Doors
    notifiers: Mapping[str, Notifier]
    bell: "Bell"
    book: RuleBook
    warnings: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    playbooks: tuple[str, ...] = ()

    def step(self) -> int:
        """Do all that is due at this instant: facts and timers if they are this node's duty, messages. How much."""
        total = 0
        while done := (self.engine.step() if self.duty.hold() else 0) + self.dispatcher.step():
            total += done
        return total

    def close(self) -> None:
        """Finish what is on its way and give connections back. The duty is given back by whoever runs the system."""
        self.dispatcher.close()
        for notifier in self.notifiers.values():
            notifier.close()
        self.database.close()


class Bell:
    """Rung whenever something was committed in this process.

    Facts and messages have one each: a look in vain costs the other one its turn at the database.
    """

    def __init__(self) -> None:
        self.on_facts: Callable[[], None] = lambda: None
        self.on_messages: Callable[[], None] = lambda: None

    def ring(self) -> None:
        """There may be anything to do."""
        self.facts()
        self.messages()

    def facts(self) -> None:
        """Facts wait to be worked on."""
        self.on_facts()

    def messages(self) -> None:
        """Incidents have changed, so messages may wait to be sent."""
        self.on_messages()


def build(
    settings: BaseTocsinSettings,
    *,
    clock: Clock | None = None,
    notifiers: Mapping[str, Notifier] | None = None,
    sending_threads: int = 8,
    outside: "Callable[[Callable[[Event], str]], IntakePort] | None" = None,
) -> System:
    """Load every file, open the database (creating or upgrading it) and wire the parts.

    ``notifiers`` replaces those of the settings (fast drills, tests). ``outside`` makes the intake of a node whose
    facts go to detectors elsewhere, from the key that facts must be kept together by; without it they are examined
    here. Raises BadInput that names file and line.
    """
    clock = clock or SystemClock()
    channels = notifiers if notifiers is not None else _notifiers(settings)
    found = load_roster(settings.path(settings.people), set(channels), settings.language)
    playbooks = load_playbooks(settings.path(settings.playbooks), found.roster)
    planner = command_planner(playbooks, settings.own, timezone=settings.timezone)
    rules = Rules(
        roster=found.roster,
        planner=planner,
        services=load_services(settings.path(settings.services)),
        board=_board(settings, channels),
    )
    detectors = load_rules(settings.path(settings.detectors))
    runner = Elsewhere() if outside else _runner(settings, detectors)
    database = _database(settings)
    bell = Bell()
    names = Names.of(found.roster, {item.id: item.title for item in planner.items.values()})
    links = Links(settings.public_url, _key(database))
    views = Views(database.reading, names, clock)
    intake = outside(Plan(detectors).key_of) if outside else Intake(database.unit, mask, bell.facts)
    composer = Composer(found.roster, links, partial(_rendered, database), settings.language, settings.timezone)
    source = Together(runner, ReadinessWatch(planner.items, settings.timezone))
    duty = Duty(COMMAND, database.unit, database.node)
    engine = Engine(duty.unit, database.reading, rules, source, clock, bell.messages, measure=Meter(runner).look)
    duty.on_taken = engine.forget
    return System(
        settings=settings,
        clock=clock,
        database=database,
        rules=rules,
        names=names,
        links=links,
        intake=intake,
        duty=duty,
        engine=engine,
        dispatcher=Dispatcher(database.unit, rules, composer, channels, clock, database.passing, sending_threads),
        desk=Desk(database.unit, rules, clock, names, bell.ring, Masks(mask, mask_private)),
        views=views,
        doors=_doors(settings, intake, views, clock),
        notifiers=channels,
        bell=bell,
        book=RuleBook(detectors),
        warnings=(*found.warnings, *planner.unheld(found.roster)),
        detectors=tuple(detector.rule.id for detector in detectors),
        playbooks=tuple(playbooks),
    )


def _runner(settings: BaseTocsinSettings, detectors: Sequence[AnyDetector]) -> EmbeddedRunner:
    return EmbeddedRunner(detectors, prepare=following(settings.path(settings.complaints)))


def _notifiers(settings: BaseTocsinSettings) -> dict[str, Notifier]:
    return {kind: registry.build(kind, chosen) for kind, chosen in settings.notifier_settings().items()}


def _board(settings: BaseTocsinSettings, channels: Mapping[str, Notifier]) -> Board | None:
    board = settings.board
    return Board(board.via, board.channel, board.drill_channel) if board and board.via in channels else None


def _database(settings: BaseTocsinSettings) -> Database:
    url = settings.database_url
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(url, node=node_name())
    database.upgrade()
    return database


def _key(database: Database) -> str:
    with database.unit() as store:
        key = signing_key(store.keys)
        store.commit()
    return key


def _doors(settings: BaseTocsinSettings, intake: IntakePort, views: Views, clock: Clock) -> Doors:
    chosen = settings.intake
    heartbeats = [
        Heartbeat(h.slug, h.period.total_seconds() if h.period else None, h.key.get_secret_value() if h.key else None)
        for h in chosen.heartbeats
    ]
    return Doors(
        port=intake,
        clock=clock.now,
        event_id=lambda: uuid4().hex,
        version=incident.__version__,
        started=clock.now(),
        policy=Policy(resolve_timeout_s=chosen.resolve_timeout_s),
        webhooks=load_webhooks(_folders(settings.path(settings.webhooks))),
        secrets={source: secret.get_secret_value() for source, secret in chosen.webhook_secrets.items()},
        heartbeats={h.slug: h for h in heartbeats},
        signals=partial(_open_signals, views),
    )


def _folders(own: Path) -> list[Path]:
    """The user's folder if there is one: an installation without mappings of its own has none."""
    return [own] if own.is_dir() else []


def _open_signals(views: Views, _caller: Caller) -> list[Signal]:
    """Programs see what an outsider sees: signals of restricted incidents are left out."""
    return [stored.signal for stored in views.signals(Viewer()) if stored.state == "raised"]


@lru_cache(maxsize=16)
def _rendered(database: Database, report_id: str, language: str, timezone: str) -> tuple[Attachment, ...]:
    """An issued report never changes; all its recipients of one language and zone get the same file."""
    with database.reading() as store:
        stored = store.reports.get(report_id)
    page = render_html(from_json(stored.data), language, timezone)
    return (Attachment(f"{report_id}.html", "text/html; charset=utf-8", page.encode()),)
