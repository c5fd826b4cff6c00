"""The player: pushes the clock from one moment to the next, and lets machines, time and people each do their part."""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from rich.console import Console

from config.demo.cast import Cast
from config.demo.ending import Outcome, intact, outcome
from config.demo.installation import DATA, settings_of
from config.demo.office import counted
from config.demo.pager import Pager
from config.demo.screen import Screen
from config.demo.site import Site
from config.demo.story import Story, load_stories
from config.demo.world import DemoFault, World, instant
from config.serve import listen, only_instance
from config.wiring import build
from incident.intake.event import Event
from incident.service.clock import ManualClock


@dataclass(frozen=True, slots=True)
class Opened:
    """A demo that is up: its world and site, and how many seconds the system took to start."""

    world: World
    site: Site
    stories: list[Story]
    home: Path
    started_in: float


@contextmanager
def opened(file: Path, language: str, port: int = 0) -> Iterator[Opened]:
    """The installation of a tocsin.yaml that ``prepare`` wrote, started and serving on this machine; closed afterwards.

    Raises BadInput or Unavailable with the remedy when the port can't be had.
    """
    stories, home = load_stories(), file.parent
    begun = monotonic()
    with only_instance(home / DATA), listen("127.0.0.1", port) as socket:
        clock, pager = ManualClock(min(story.begins for story in stories) - timedelta(hours=1)), Pager()
        system = build(
            settings_of(file, language, socket.getsockname()[1]),
            clock=clock, notifiers={"console": pager}, sending_threads=0,
        )  # fmt: skip
        try:
            site = Site(system, socket)
            site.start()
            try:
                world = World(system, site, clock, pager)
                try:
                    yield Opened(world, site, stories, home, monotonic() - begun)
                finally:
                    world.close()
            finally:
                site.close()
        finally:
            system.close()


class Player:
    """Tells stories in a world."""

    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen
        self._casts_by_id: dict[str, Cast] = {}

    def tell(self, story: Story) -> str:
        """Play one story to its end; the incident it led to. Raises DemoFault when there is none."""
        events = deque(sorted(story.events(), key=lambda event: event.time))
        self._run(story, deque(counted(self._world, story)), story.begins)
        self._run(story, events, story.until)
        mine = [cast.incident_id for cast in self._casts if cast.story is story]
        if len(mine) != 1:
            raise DemoFault(f"{story.id}: {len(mine)} incidents instead of one")
        return mine[0]

    def _run(self, story: Story, events: deque[Event], until: datetime) -> None:
        """Let time go by; everything due on the way happens at its own instant."""
        clock = self._world.clock
        while True:
            self._arrive(events)
            self._settle(story)
            if clock.now() >= until:
                return
            clock.push_to(self._next(events, until))

    def _next(self, events: deque[Event], until: datetime) -> datetime:
        moments = [until, *(at for cast in self._casts if (at := cast.next_at()))]
        if events:
            moments.append(instant(events[0].time))
        if due := self._world.next_due():
            moments.append(due)
        return max(min(moments), self._world.clock.now())

    def _arrive(self, events: deque[Event]) -> None:
        now, due = self._world.clock.now().timestamp(), []
        while events and events[0].time <= now:
            due.append(events.popleft())
        if due:
            self._world.send(due)

    def _settle(self, story: Story) -> None:
        """Let the system and the people act in turn until neither has anything to do at this instant."""
        self._world.system.step()
        self._look(story)
        while sum(cast.play() for cast in self._casts):
            self._look(story)
            if self._world.system.step():
                self._look(story)

    def _look(self, story: Story) -> None:
        """Tell what is new, and let those take note whom it concerns."""
        for incident_id in self._screen.catch_up(self._world):
            if incident_id not in self._casts_by_id:
                self._casts_by_id[incident_id] = Cast(self._world, story, incident_id, self._screen.language)
            self._casts_by_id[incident_id].look()

    @property
    def _casts(self) -> Collection[Cast]:
        return self._casts_by_id.values()


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: each story's outcome, and how many log entries there are, all chains checked."""

    outcomes: list[Outcome]
    entries: int


def play(demo: Opened, console: Console, language: str, pause: Callable[[], None]) -> Ended:
    """All stories, one after the other, told on ``console``; what became of them, reports written."""
    screen = Screen(console, language, demo.world.system.settings.timezone, pause)
    player = Player(demo.world, screen)
    found = []
    for number, story in enumerate(demo.stories, start=1):
        screen.story(number, story)
        found.append((story, player.tell(story)))
    outcomes = [outcome(demo.world, story, incident_id, demo.home) for story, incident_id in found]
    return Ended(outcomes, intact(demo.world))
