"""Messages as Block Kit, within Slack's limits (docs.slack.dev/reference/block-kit).

A page ends in one big button; a board carries the same facts for everybody. Whatever does not fit is cut with an
ellipsis, never refused: half a page wakes people, an error doesn't.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from incident.domain.message import Action, Fact, Message
from notifiers.wording import banner, footer, headline, words

Block = dict[str, object]

HEADER, SECTION, FIELD, CONTEXT, BUTTON_TEXT, VALUE, URL, TEXT = 150, 3000, 2000, 2000, 75, 2000, 3000, 3500
OPTION_VALUE = 75
FIELDS_PER_SECTION = 10
BUTTONS = 5
"""Slack takes 25 to a row; more than five are more than a person woken at night can tell apart."""

ACK, JUDGE = "ack", "judge"
VERDICTS = {"useful": "Useful", "not_useful": "Not useful"}
"""What a signal may be found, as the answer to "Was it worth telling?"."""
TRANSIENT = "tocsin-transient"
"""Start of the ``block_id`` of every block that goes away once somebody has acknowledged."""

_SIGNS = {1: "🔴", 2: "🟠", 3: "🟡", 4: "🔵"}
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message for Slack: the blocks, and the text that notifications and screen readers use."""

    text: str
    blocks: tuple[Block, ...]


def escape(text: str, limit: int) -> str:
    """Text with Slack's three control characters escaped, cut to ``limit`` characters, never inside an escape."""
    pieces = [_ESCAPES.get(char, char) for char in text]
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    kept, room = [], limit - len(ELLIPSIS)
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + ELLIPSIS


def render(message: Message) -> Rendered:
    """The blocks and the fallback text of a message. Pure."""
    middle = tuple(_middle(message))
    edge = banner(message)
    # A drill must be known as one from wherever the eye falls: the banner goes first and last.
    blocks = (_banner(edge, "top"), *middle, _banner(edge, "bottom")) if edge else middle
    return Rendered(text=_fallback(message), blocks=blocks)


def acknowledged(blocks: Sequence[Mapping[str, object]], line: str) -> tuple[Block, ...]:
    """The same blocks after an acknowledgement: without buttons, with ``line`` saying who and when."""
    kept = [dict(b) for b in blocks if not str(b.get("block_id", "")).startswith(TRANSIENT)]
    at = len(kept) - 1 if kept and str(kept[-1].get("block_id", "")) == "tocsin-drill-bottom" else len(kept)
    said = _context("tocsin-acknowledged", f"✅ {escape(line, CONTEXT - 2)}")
    return (*kept[:at], said, *kept[at:])


def _middle(message: Message) -> Iterator[Block]:
    title = f"{_SIGNS.get(message.level, '⚪')} {headline(message)}"
    yield {"type": "header", "block_id": "tocsin-title", "text": _plain(title, HEADER)}
    if message.body.strip():
        yield {"type": "section", "block_id": "tocsin-body", "text": _mrkdwn(escape(message.body, SECTION))}
    yield from _facts(message.facts)
    yield from _buttons(message)
    yield from _judging(message)
    yield _context("tocsin-footer", escape(footer(message), CONTEXT))


def _facts(facts: tuple[Fact, ...]) -> Iterator[Block]:
    # 30 blocks of facts leave room for everything else below Slack's 50.
    shown = [fact for fact in facts if fact.label.strip() or fact.value.strip()][: 30 * FIELDS_PER_SECTION]
    for start in range(0, len(shown), FIELDS_PER_SECTION):
        fields = [
            _mrkdwn(f"*{escape(fact.label, 200)}*\n{escape(fact.value, FIELD - 203)}")
            for fact in shown[start : start + FIELDS_PER_SECTION]
        ]
        yield {"type": "section", "block_id": f"tocsin-facts-{start}", "fields": fields}


def _buttons(message: Message) -> Iterator[Block]:
    buttons: dict[str, Block] = {}
    for action in _pressed(message):
        # Slack refuses two buttons with one action_id; a second link gets a number, a second ack is the same ack.
        name = action.id if action.id == ACK or action.id not in buttons else f"{action.id}-{len(buttons)}"
        button = _button(action, message, name)
        if button and name not in buttons and len(buttons) < BUTTONS:
            buttons[name] = button
    if buttons:
        yield {"type": "actions", "block_id": f"{TRANSIENT}-actions", "elements": list(buttons.values())}
    for action in message.actions:
        if action.id == ACK and _linkable(action.url):
            hint = words(message)("Button does not answer? Use this link:")
            link = f"{escape(hint, 300)} <{_link(action.url)}|{escape(action.label, BUTTON_TEXT)}>"
            yield {"type": "section", "block_id": f"{TRANSIENT}-link", "text": _mrkdwn(link)}
            return


def _pressed(message: Message) -> Iterator[Action]:
    return (action for action in message.actions if action.id != JUDGE)


def _judging(message: Message) -> Iterator[Block]:
    """A question with its two answers folded away: nobody needs it before the incident is dealt with."""
    asked = next((action for action in message.actions if action.id == JUDGE), None)
    values = [
        json.dumps({"incident": message.incident_id, "verdict": name}, separators=(",", ":")) for name in VERDICTS
    ]
    if asked is None or max(map(len, values)) > OPTION_VALUE:
        return
    told = words(message)
    options = [
        {"text": _plain(told(label), BUTTON_TEXT), "value": value}
        for label, value in zip(VERDICTS.values(), values, strict=True)
    ]
    yield {
        "type": "section", "block_id": "tocsin-judge", "text": _mrkdwn(escape(asked.label.strip() or "?", SECTION)),
        "accessory": {"type": "overflow", "action_id": JUDGE, "options": options},
    }  # fmt: skip


def _button(action: Action, message: Message, name: str) -> Block | None:
    button: Block = {"type": "button", "action_id": name, "text": _plain(action.label, BUTTON_TEXT)}
    if action.id != ACK:
        return {**button, "url": action.url} if _linkable(action.url) else None
    value = json.dumps({"page": message.page_id, "incident": message.incident_id}, separators=(",", ":"))
    # Ids can't be cut; the link below the buttons still works.
    return {**button, "style": "primary", "value": value} if len(value) <= VALUE else None


def _linkable(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(_link(url)) <= URL - 500


def _link(url: str) -> str:
    return url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def _fallback(message: Message) -> str:
    lines = [headline(message), message.body]
    linked = [a for a in _pressed(message) if _linkable(a.url)]
    room = TEXT - sum(len(a.url) + len(a.label) + 16 for a in linked)
    head = escape("\n".join(line for line in lines if line.strip()), max(room, 300))
    links = [f"{escape(a.label, BUTTON_TEXT)}: {_link(a.url)}" for a in linked]
    # Slack refuses a message whose text is empty.
    return "\n".join([head or escape(footer(message), TEXT), *links[:BUTTONS]])


def _banner(text: str, edge: str) -> Block:
    shown = _mrkdwn(f"*{escape(text, SECTION - 2)}*")
    return {"type": "section", "block_id": f"tocsin-drill-{edge}", "text": shown}


def _context(block_id: str, text: str) -> Block:
    return {"type": "context", "block_id": block_id, "elements": [_mrkdwn(text)]}


def _plain(text: str, limit: int) -> Block:
    # Slack refuses an empty text object; a dash keeps the message alive.
    shown = escape(" ".join(text.split()) or "—", limit)
    return {"type": "plain_text", "text": shown, "emoji": True}


def _mrkdwn(text: str) -> Block:
    # verbatim: a foreign monitor's text must not mention @here or link to channels by accident.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
