"""What a person sees while the demo runs: the log's own sentences, one line at a time, on the demo's clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO, cast
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from config.cli.context import plain
from config.demo.story import Story
from config.demo.world import World
from incident.domain import events as e
from incident.domain.calls import ALARM
from incident.i18n import translator
from incident.report.sparkline import sparkline
from incident.report.timeline import Line, lines
from notifiers.console import ConsoleNotifier

APPROVAL = "approval_wanted"
"""Why approvers are called; in the stories they approve at once."""
_SHOWN: dict[type, tuple[str, str]] = {
    e.IncidentOpened: ("▲", "bold red"),
    e.SignalsJoined: ("∿", "red"),
    e.AllSignalsCleared: ("∿", "green"),
    e.LevelChanged: ("▲", "bold yellow"),
    e.PlaybookActivated: ("≡", ""),
    e.CallStepped: ("…", "yellow"),
    e.CallAnswered: ("✓", "bold green"),
    e.IncidentAcknowledged: ("✓", "bold green"),
    e.PositionAssumed: ("★", "cyan"),
    e.TaskOverdue: ("!", "yellow"),
    e.NoteAdded: ("✎", "dim"),
    e.FactSet: ("✎", "dim"),
    e.AudienceChanged: ("⊕", "dim"),
    e.IncidentMitigated: ("●", "green"),
    e.IncidentResolved: ("●", "bold green"),
    e.IncidentEnded: ("■", "bold green"),
    e.ReportIssued: ("■", "green"),
}
"""Log entries that are told, with their sign and style; the others are in the report."""


@dataclass
class _Told:
    """How much of one incident's log has been told."""

    entries: list[e.Entry] = field(default_factory=list)
    paged: list[str] = field(default_factory=list)
    finished: int = 0
    untold: int = 0
    waved: bool = False
    last: str = ""


class Screen:
    """Tells what happens. ``pause`` is called after each line, so that a person can follow."""

    def __init__(self, console: Console, language: str, timezone: str, pause: Callable[[], None]) -> None:
        self.console = console
        self.language = language
        self.t = translator(language)
        self._zone = ZoneInfo(timezone)
        self._pause = pause
        self._told: dict[str, _Told] = {}
        self._day = ""

    def story(self, number: int, story: Story) -> None:
        """A story begins."""
        self.console.print()
        self.console.rule(Styled(f"{number}. {story.title.text.in_(self.language)}", style="bold"), align="left")
        self.console.print(Styled(f"   {story.source.text.in_(self.language)}", style="dim"))
        self._day = ""
        self._pause()

    def catch_up(self, world: World) -> list[str]:
        """Tell everything that has been written on the logs since the last time; the incidents it is about."""
        found = []
        for incident_id in world.incident_ids():
            told = self._told.setdefault(incident_id, _Told())
            with world.system.database.reading() as store:
                new = store.log.entries(incident_id, after=len(told.entries))
            if new:
                found.append(incident_id)
                told.entries += new
                sentences = lines(told.entries, world.system.names, self.language)[-len(new) :]
                for entry, sentence in zip(new, sentences, strict=True):
                    self._entry(world, told, entry, sentence)
                self._flush(told, new[-1].recorded_at)
        return found

    def line(self, at: datetime, sign: str, text: str, style: str = "") -> None:
        """One line with the time on the demo's clock."""
        local = at.astimezone(self._zone)
        day = f"{local:%Y-%m-%d}"
        if day != self._day:
            self._day = day
            self.console.print(Styled(f"   {day}", style="dim"))
        row = Table.grid()
        row.add_column(width=12, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(
            Styled.assemble((f"   {local:%H:%M}  ", "dim"), (f"{sign} ", style)),
            Styled(" ".join(plain(text).split()), style=style),
        )
        self.console.print(row)
        self._pause()

    def _entry(self, world: World, told: _Told, entry: e.Entry, sentence: Line) -> None:
        event = entry.event
        if isinstance(event, e.TaskDone | e.TaskWaived):
            told.finished += 1
            told.untold += 1
            return
        if isinstance(event, e.PageRequested):
            if event.reason == APPROVAL:
                return
            told.paged.append(world.system.names.person(event.person).in_(self.language))
            return
        if isinstance(event, e.PageDelivered) and not told.waved:
            told.waved = True
            self._flush(told, entry.recorded_at)
            self._show_page(world, event.page_id)
            return
        if not _is_told(event):
            return
        self._flush(told, entry.recorded_at)
        sign, style = _SHOWN[type(event)]
        text = f"{entry.stream}  {sentence.text}" if isinstance(event, e.IncidentOpened) else sentence.text
        if isinstance(event, e.SignalsJoined):
            seen = self.t("Seen {seen}, expected {expected}")
            text = seen.format(seen=event.evidence.seen, expected=event.evidence.expected)
            text += "  " + sparkline([value for _, value in event.evidence.window])
        if text == told.last:
            return
        told.last = text
        self.line(entry.recorded_at, sign, text, style)

    def _flush(self, told: _Told, at: datetime) -> None:
        """Tell pages and finished tasks that were gathered, each kind on one line."""
        if told.paged:
            names, told.paged = dict.fromkeys(told.paged), []
            self.line(at, "☎", self.t("Paged: {people}").format(people=self.t(", ").join(names)), "magenta")
        if told.untold >= _TASKS_A_LINE:
            told.untold = 0
            self.line(at, "☑", self.t("{count} tasks finished so far").format(count=told.finished), "dim")

    def _show_page(self, world: World, page_id: str) -> None:
        message = world.pager.pages.get(page_id)
        if message is not None:
            ConsoleNotifier(stream=cast("TextIO", self.console.file)).send(message)
            self._pause()


_TASKS_A_LINE = 6


def _is_told(event: e.DomainEvent) -> bool:
    if isinstance(event, e.CallStepped):
        return event.step > 0 or event.attempt > 0
    if isinstance(event, e.CallAnswered):
        return event.call_id != ALARM
    return type(event) in _SHOWN
