"""What waits for the engine, in one question: it is asked after every batch of facts and four times a second."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, literal_column, or_, select

from incident.service.records import Waiting
from incident.store.columns import Moment
from incident.store.tables import inbox, incidents, signals

_NOW = bindparam("now", type_=Moment)
# A literal, since an index on a part of the table serves only statements that spell its condition out.
_RAISED = signals.c.state == literal_column("'raised'")
_QUESTION = select(
    exists().where(inbox.c.body.is_not(None)).label("facts"),
    or_(
        exists().where(incidents.c.due_at <= _NOW),
        exists().where(_RAISED, signals.c.ends_at <= _NOW),
        exists().where(_RAISED, signals.c.suppressed != "", signals.c.look_again_at <= _NOW),
    ).label("timers"),
)


def waiting(connection: Connection, now: datetime) -> Waiting:
    """What there is to do at ``now``."""
    row = connection.execute(_QUESTION, {"now": now}).one()
    return Waiting(facts=bool(row.facts), timers=bool(row.timers))
