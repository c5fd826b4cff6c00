"""Messages as readable blocks on a stream: for trying out, for demos, and as the channel that always works."""

import sys
import unicodedata
from threading import Lock
from typing import ClassVar, TextIO

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from incident.domain.message import Action, Message, Receipt, SendError
from incident.yamlfile import Strict
from notifiers.wording import banner, footer, headline, labelled, plain

_COLOURS = {1: "red", 2: "dark_orange", 3: "yellow", 4: "blue"}
_RULE = "=" * 72


class ConsoleSettings(Strict):
    """``console: {}`` in tocsin.yaml — there is nothing to set."""


class ConsoleNotifier:
    """Writes each message to a stream, in colour when the stream is a terminal."""

    kind: ClassVar[str] = "console"

    def __init__(self, settings: ConsoleSettings | None = None, stream: TextIO | None = None) -> None:
        self.settings = settings or ConsoleSettings()
        self._stream = stream
        self._lock = Lock()

    def send(self, message: Message) -> Receipt:
        """Print one message. Raises SendError when the stream is gone."""
        stream = self._stream or sys.stdout
        with self._lock:
            try:
                if stream.isatty():
                    console = Console(file=stream)
                    console.print(_panel(message))
                    # Below the box and never wrapped, so that a terminal can open them.
                    for action in message.actions:
                        console.print(_link(message, action), soft_wrap=True)
                else:
                    stream.write(f"{_RULE}\n{_block(message)}\n{_RULE}\n")
                stream.flush()
            except (OSError, ValueError):
                raise SendError("unreachable", "the output stream is closed", permanent=False) from None
        return Receipt()

    def close(self) -> None:
        """Nothing to give back: the stream belongs to the caller."""


def _block(message: Message) -> str:
    return _printable(f"{message.kind.value} → {message.to}\n\n{plain(message)}")


def _panel(message: Message) -> Panel:
    colour = _COLOURS.get(message.level, "white")
    lines = [Text(_printable(message.body))]
    lines += [Text(_printable(labelled(message, f.label, f.value))) for f in message.facts]
    lines.append(Text(_printable(footer(message)), style="dim"))
    if message.drill:
        mark = Text(banner(message), style="black on yellow")
        lines = [mark, *lines, mark]
    title = Text(_printable(headline(message)), style=f"bold {colour}")
    return Panel(Group(*lines), title=title, subtitle=Text(_printable(message.to)), border_style=colour)


def _link(message: Message, action: Action) -> Text:
    return Text(_printable(labelled(message, action.label, action.url)))


def _printable(text: str) -> str:
    # Titles come from foreign monitors; an escape sequence in one could rewrite what the operator sees.
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
