"""The parts of a message that read alike in every channel: drill mark, headline, level, time, plain text."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from incident.domain.message import Message
from incident.i18n import Translate, nearest, translator

_DRILL_MARKS = {"zh-CN": "【演练】", "en": "DRILL: "}
_BANNER = "DRILL — this is an exercise, nothing real has happened."


def words(message: Message) -> Translate:
    """The translator into the message's language."""
    return translator(nearest(message.language))


def headline(message: Message) -> str:
    """The title on one line; a drill carries its mark in front, once."""
    title = " ".join(message.title.split())
    mark = _DRILL_MARKS[nearest(message.language)]
    if not message.drill or title.startswith(mark.rstrip(": ")):
        return title
    return mark + title


def banner(message: Message) -> str:
    """The sentence that stands first and last on a drill's message; empty for a real one."""
    return words(message)(_BANNER) if message.drill else ""


def rank(message: Message) -> str:
    """The level in words."""
    return words(message)(f"Level {message.level}")


def when(message: Message) -> str:
    """The message's time on the reader's clock, with its distance from UTC."""
    local = on_clock(message.at, message.timezone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:5]}"


def on_clock(at: datetime, timezone: str) -> datetime:
    """A time on a reader's clock. A zone nobody knows counts as UTC: a page must not fail over it."""
    try:
        return at.astimezone(ZoneInfo(timezone))
    except (KeyError, ValueError, OSError):
        return at.astimezone(UTC)


def labelled(message: Message, label: str, value: str) -> str:
    """Label and value with the colon of the language."""
    return f"{label}：{value}" if nearest(message.language) == "zh-CN" else f"{label}: {value}"


def encodable(text: str) -> str:
    """Text without lone surrogates, which JSON can carry but no mail or UTF-8 body can."""
    return text.encode(errors="replace").decode()


def footer(message: Message) -> str:
    """Incident, level and time on one line."""
    return " · ".join((words(message)("Incident {id}").format(id=message.incident_id), rank(message), when(message)))


def plain(message: Message) -> str:
    """The whole message as plain text, links written out."""
    facts = "\n".join(labelled(message, fact.label, fact.value) for fact in message.facts)
    links = "\n".join(labelled(message, action.label, action.url) for action in message.actions)
    parts = (banner(message), headline(message), message.body, facts, links, footer(message), banner(message))
    return "\n\n".join(part for part in parts if part)
