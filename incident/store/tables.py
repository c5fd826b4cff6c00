"""The tables. Times in the log are text exactly as hashed; elsewhere they are ``Moment``. Bodies are JSON text.

JSON is kept as text and not in the database's JSON type, because PostgreSQL would rewrite it (and refuse NUL), and
nothing is ever searched for inside a body: what is searched for has its own column.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import BigInteger

from incident.store.columns import Moment

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

Number = BigInteger().with_variant(Integer(), "sqlite")
"""Counts up by itself; SQLite does so for INTEGER PRIMARY KEY only."""


def _number() -> Column[int]:
    return Column("number", Number, primary_key=True, autoincrement=True)


log_streams = Table(
    "log_streams",
    metadata,
    Column("stream", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)
"""Where each stream ends. Writers race for this row; ``verify`` finds a log cut short by it."""

log_entries = Table(
    "log_entries",
    metadata,
    Column("stream", String, ForeignKey("log_streams.stream"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("occurred_at", String(27), nullable=False),
    Column("recorded_at", String(27), nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Integer, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("scenario", String, nullable=False),
    Column("status", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("code_name", String, nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("drill", String),
    Column("correlation_key", Text, nullable=False),
    Column("service", String, nullable=False),
    Column("site", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("audience", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("shape", String(16), nullable=False),
    Column("state", Text, nullable=False),
    Index("ix_incidents_opened_at", "opened_at", "id"),
    Index("ix_incidents_open", "opened_at", sqlite_where=text("is_open"), postgresql_where=text("is_open")),
    Index("ix_incidents_status", "status", "opened_at"),
    Index("ix_incidents_due_at", "due_at"),
)

_raised = text("state = 'raised'")
signals = Table(
    "signals",
    metadata,
    Column("id", String, primary_key=True),
    Column("series", String, nullable=False),
    Column("state", String, nullable=False),
    Column("incident_id", String),
    Column("suppressed", String, nullable=False),
    Column("suppressed_detail", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("cleared_at", Moment),
    Column("ends_at", Moment),
    Column("look_again_at", Moment),
    Column("body", Text, nullable=False),
    Column("rule", String, nullable=False, server_default=""),
    Column("drill", Boolean, nullable=False, server_default=false()),
    Index("ix_signals_first_at", "first_at"),
    Index("ix_signals_series", "series", sqlite_where=_raised, postgresql_where=_raised),
    Index("ix_signals_ends_at", "ends_at", sqlite_where=_raised, postgresql_where=_raised),
    Index("ix_signals_look_again_at", "look_again_at", sqlite_where=_raised, postgresql_where=_raised),
    Index("ix_signals_incident_id", "incident_id", "last_at"),
    Index("ix_signals_last_at", "last_at"),
)

opinions = Table(
    "opinions",
    metadata,
    Column("signal", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("via", String, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_opinions_at", "at"),
)

_waiting, _finished = text("body IS NOT NULL"), text("body IS NULL")
inbox = Table(
    "inbox",
    metadata,
    _number(),
    Column("source", Text),
    Column("event_id", Text),
    Column("received_at", Moment, nullable=False),
    Column("body", Text),
    UniqueConstraint("source", "event_id"),
    Index("ix_inbox_pending", "number", sqlite_where=_waiting, postgresql_where=_waiting),
    Index("ix_inbox_finished", "received_at", sqlite_where=_finished, postgresql_where=_finished),
    sqlite_autoincrement=True,
)
"""A row without a body is finished: it stays for deduplication until it is purged."""

dead_letters = Table(
    "dead_letters",
    metadata,
    _number(),
    Column("origin", String, nullable=False),
    Column("index", Integer, nullable=False),
    Column("reason_code", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("item", LargeBinary),
    Index("ix_dead_letters_state", "state", "number"),
    sqlite_autoincrement=True,
)
"""``item`` is what could not be worked on, as it came, for trying again; erased as soon as somebody has decided."""

detector_states = Table(
    "detector_states",
    metadata,
    Column("rule", String, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)

_pending, _sending = text("state = 'pending'"), text("state = 'sending'")
outbox = Table(
    "outbox",
    metadata,
    _number(),
    Column("id", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("incident_id", String),
    Column("person", String),
    Column("page_id", String),
    Column("contacts", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("level", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("contact_index", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ref", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("lease_until", Moment),
    Column("lease_token", String, nullable=False),
    Column("last_reason", Text, nullable=False),
    Index("ux_outbox_pending_key", "key", unique=True, sqlite_where=_pending, postgresql_where=_pending),
    Index("ix_outbox_state", "state", "level", "due_at", "number"),
    Index("ix_outbox_due_at", "due_at", sqlite_where=_pending, postgresql_where=_pending),
    Index("ix_outbox_sending", "key", sqlite_where=_sending, postgresql_where=_sending),
    Index("ix_outbox_lease", "lease_until", sqlite_where=_sending, postgresql_where=_sending),
    Index("ix_outbox_key", "key", "number"),
    Index("ix_outbox_incident_id", "incident_id", "number"),
    Index("ix_outbox_page_id", "page_id"),
    sqlite_autoincrement=True,
)
"""At most one pending row has a given key; the unique partial index is what makes the newest one win."""

silences = Table(
    "silences",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("about", Text, nullable=False),
    Index("ix_silences_ends_at", "ends_at"),
)
"""``kind`` is silence (``about`` holds its matchers) or window (its services)."""

tokens = Table(
    "tokens",
    metadata,
    Column("hash", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("role", String, nullable=False),
    Column("person", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("used_at", Moment),
    Column("may_drill", Boolean, nullable=False),
    Index("ix_tokens_name", "name"),
)

drill_runs = Table(
    "drill_runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("drill", String, nullable=False),
    Column("state", String, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_drill_runs_state", "state"),
    Index("ix_drill_runs_started_at", "started_at"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", String, primary_key=True),
    Column("incident_id", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_reports_incident_id", "incident_id", "created_at"),
    Index("ix_reports_created_at", "created_at"),
)

key_values = Table(
    "key_values",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("duty", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("until", Moment, nullable=False),
    Column("fence", BigInteger, nullable=False),
)
"""Who has a duty now. ``until`` is by the database's clock; ``fence`` grows with every change of hands."""
