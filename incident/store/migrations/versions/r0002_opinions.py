"""What people think of signals, and which rule a signal is of."""

import json

import sqlalchemy as sa
from alembic import op

from incident.store.columns import Moment

revision = "0002"
down_revision = "0001"
oldest = "0002"

BATCH = 500


def upgrade() -> None:
    """From 0001 to 0002: a table of opinions; signals get their rule, and whether they are of a drill, as columns."""
    op.create_table(
        "opinions",
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("signal", "person", name="pk_opinions"),
    )
    op.create_index("ix_opinions_at", "opinions", ["at"])
    op.add_column("signals", sa.Column("rule", sa.String(), nullable=False, server_default=""))
    op.add_column("signals", sa.Column("drill", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_signals_first_at", "signals", ["first_at"])
    _fill()


def _fill() -> None:
    """The new columns of signals that were there before."""
    connection = op.get_bind()
    signals = sa.table("signals", sa.column("id"), sa.column("body"), sa.column("rule"), sa.column("drill", sa.Boolean))
    ids = connection.execute(sa.select(signals.c.id)).scalars().all()
    for start in range(0, len(ids), BATCH):
        chosen = signals.c.id.in_(ids[start : start + BATCH])
        for row in connection.execute(sa.select(signals.c.id, signals.c.body).where(chosen)).all():
            body = json.loads(row.body)
            values = {"rule": body["rule"], "drill": body.get("drill") is not None}
            connection.execute(sa.update(signals).where(signals.c.id == row.id).values(values))
