"""Messages on a terminal and in a log file."""

import io

import pytest

from incident.domain.message import Action, SendError
from notifiers.console import ConsoleNotifier
from notifiers.testing import sample


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_file_gets_plain_text() -> None:
    """No colours, no boxes: it can be searched."""
    stream = io.StringIO()
    ConsoleNotifier(stream=stream).send(sample())
    text = stream.getvalue()
    assert "\x1b" not in text
    assert "受影响坐席：128" in text
    assert "2026-03-02 09:30:00 UTC+08:00" in text


def test_a_terminal_gets_a_box() -> None:
    """The same words, framed, a drill's banner twice."""
    stream = Terminal()
    ConsoleNotifier(stream=stream).send(sample(drill=True))
    text = stream.getvalue()
    assert "╭" in text
    assert text.count("【演练】") >= 3


def test_a_link_on_a_terminal_is_whole() -> None:
    """However long: broken at the edge of the box it could be neither opened nor copied."""
    stream, url = Terminal(), f"http://127.0.0.1:8420/a/{'x' * 300}"
    ConsoleNotifier(stream=stream).send(sample(actions=(Action("ack", "Acknowledge", url),)))
    assert url in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_foreign_text_cannot_command_the_terminal(stream: io.StringIO) -> None:
    """An escape sequence or a direction override in a title is dropped, markup is shown as it is."""
    ConsoleNotifier(stream=stream).send(sample(title="a\x1b[2Jb\u202ec", body="[bold]x[/bold]\x07"))
    text = stream.getvalue()
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
    assert "\x07" not in text
    assert "[bold]x[/bold]" in text


def test_without_a_stream_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """The default is standard output, as it is at that moment."""
    ConsoleNotifier().send(sample())
    assert "电话平台无法接入" in capsys.readouterr().out


def test_a_closed_stream_is_a_send_error() -> None:
    """The pipe's reader is gone; another channel must do."""
    stream = io.StringIO()
    stream.close()
    with pytest.raises(SendError) as caught:
        ConsoleNotifier(stream=stream).send(sample())
    assert (caught.value.reason, caught.value.permanent) == ("unreachable", False)


def test_a_time_zone_nobody_knows_does_not_stop_a_page() -> None:
    """The time is then given in UTC."""
    stream = io.StringIO()
    ConsoleNotifier(stream=stream).send(sample(timezone="Mars/Olympus", language="en"))
    assert "2026-03-02 01:30:00 UTC+00:00" in stream.getvalue()
    assert "Agents affected: 128" in stream.getvalue()
