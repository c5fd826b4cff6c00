"""Dead letters once more: back to where they would have been worked on."""

from collections.abc import Sequence
from datetime import datetime

from config.settings import BaseTocsinSettings
from config.streamside import Stream, StreamSide
from detectors.rules import load_rules
from detectors.streaming.plan import Plan
from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.intake.event import Event
from incident.intake.results import Item
from incident.intake.wire import item_from_bytes
from incident.service.records import DeadRow
from incident.store.uow import Database


def try_again(settings: BaseTocsinSettings, database: Database, numbers: Sequence[int], now: datetime) -> None:
    """Put these dead letters back: facts to the detectors (by Kafka where those are elsewhere), verdicts to the inbox.

    All or none are marked. Raises NotFound, BadInput for one of which nothing is kept, or Unavailable.
    """
    with database.unit() as store:
        items = [_item(store.dead.get(number)) for number in numbers]
        away = [item for item in items if isinstance(item, Event)] if settings.stream is not None else []
        for item in items:
            if item not in away:
                store.inbox.again(item, now)
        for number in numbers:
            store.dead.set_state(number, "retried")
        if away:
            _send(settings, away, now)
        store.commit()


def _item(row: DeadRow) -> Item:
    if not row.item:
        gone = said("dead letter {number} was refused at the door", number=row.number)
        if row.state != "dead":
            gone = said("dead letter {number} was decided on before", number=row.number)
        raise BadInput(gone, remedy="nothing of it is kept; its sender sends it again")
    return item_from_bytes(row.item)


def _send(settings: BaseTocsinSettings, events: Sequence[Event], now: datetime) -> None:
    side = StreamSide(Stream.connect(settings))
    try:
        side.intake(Plan(load_rules(settings.path(settings.detectors))).key_of).accept(events, (), now)
    finally:
        side.close()
