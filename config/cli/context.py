"""What a command has in hand: the reader's language, the settings, and a way to print."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from config.cli.language import Language, language_for
from incident.domain.errors import BadInput, TocsinError
from incident.domain.words import Text

if TYPE_CHECKING:
    from rich.table import Table

    from config.cli.console import Console
    from config.settings import BaseTocsinSettings

PIPE_WIDTH = 200
"""Columns of a table that no terminal shows: wide enough that programs like grep find whole lines."""
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), "�") | {13: ""}


@dataclass
class Cli:
    """One run of one command. ``json`` asks for data instead of text. ``config`` is the file named on the line."""

    language: Language
    config: Path | None = None
    json: bool = False
    actor: str = ""
    _settings: "list[BaseTocsinSettings]" = field(default_factory=list)

    @classmethod
    def start(cls, args: Sequence[str]) -> "Cli":
        """For a command line as typed."""
        return cls(language_for(args, os.environ))

    def t(self, english: str) -> str:
        """A text in the reader's language."""
        if self.language is Language.ENGLISH:
            return english
        from incident.i18n import translator

        return translator(self.language)(english)

    def words(self, text: Text) -> str:
        """A two-language text in the reader's."""
        return text.in_(self.language)

    @property
    def settings(self) -> "BaseTocsinSettings":
        """The settings, read once. Raises BadInput that lists all faults."""
        if not self._settings:
            from config.settings import load_settings

            self._settings.append(load_settings(self.config_file))
        return self._settings[0]

    @property
    def config_file(self) -> Path | None:
        """The tocsin.yaml in use; None: the shipped defaults."""
        from config.settings import find

        return self.config or find()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The settings' time zone."""
        return ZoneInfo(self.settings.timezone)

    def time(self, at: datetime | None, *, seconds: bool = False) -> str:
        """A moment in the settings' zone; a dash for None."""
        return f"{at.astimezone(self.zone):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}" if at else "—"

    # --- printing ---------------------------------------------------------------------------------------------------

    def say(self, line: str = "", *, style: str = "") -> None:
        """One line for people; nothing when data was asked for."""
        if not self.json:
            self.console().print(plain(line), style=style or None, soft_wrap=True)

    def note(self, line: str, *, style: str = "yellow") -> None:
        """One line for people that is no part of the result: on standard error."""
        self.console(error=True).print(plain(line), style=style or None, soft_wrap=True)

    def data(self, found: object) -> None:
        """The result as JSON on standard output."""
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2, default=_plain_json) + "\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
        """A table for people. ``columns`` are English keys; ``empty`` is said when there are no rows."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(self.t(column), overflow="fold")
        for row in rows:
            table.add_row(*(plain("" if cell is None else str(cell)) for cell in row))
        if table.row_count:
            self._print(table)
        else:
            self.say(self.t(empty))

    def facts(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Label and value, one pair a line, labels aligned; pairs without a value are left out."""
        from rich.table import Table

        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for label, value in pairs:
            if value not in {None, ""}:
                table.add_row(self.t(label), plain(str(value)))
        self._print(table)

    def _print(self, table: "Table") -> None:
        console = self.console()
        if console.is_terminal:
            console.print(table)
            return
        with console.capture() as printed:
            console.print(table)
        # Columns are padded to their width: in a file or a pipe the last one's padding is only noise.
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))

    def console(self, *, error: bool = False) -> "Console":
        """A rich console: colours on a terminal only, nothing in the text taken for markup."""
        from config.cli.console import Console

        stream = sys.stderr if error else sys.stdout
        return Console(
            file=stream, markup=False, highlight=False, emoji=False, width=None if stream.isatty() else PIPE_WIDTH
        )

    # --- ending -----------------------------------------------------------------------------------------------------

    def fail(self, error: TocsinError) -> None:
        """Say what is wrong and what to do about it, every fault on its own line."""
        from config.cli.sentences import in_language

        label = self.t("Error")
        faults = error.faults if isinstance(error, BadInput) else (error.message,)
        for fault in faults:
            self.note(f"{label}: {in_language(fault, self.t)}", style="red")
        if error.remedy:
            self.note(f"  → {in_language(error.remedy, self.t)}", style="")

    def misuse(self, english: str, **values: object) -> NoReturn:
        """End with exit code 2: the command was called in a way that makes no sense."""
        from incident.domain.said import Said

        raise typer.BadParameter(Said(english, values).told(self.t))


def plain(text: str) -> str:
    """Text from outside without what could steer a terminal."""
    return text.translate(_CONTROLS)


def _plain_json(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
