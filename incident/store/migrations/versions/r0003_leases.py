"""Leases: which node has which duty. Expands only: the code of 0002 never looks at the new table."""

import sqlalchemy as sa
from alembic import op

from incident.store.columns import Moment

revision = "0003"
down_revision = "0002"
oldest = "0002"


def upgrade() -> None:
    """Bring the tables from 0002 to 0003."""
    op.create_table(
        "leases",
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("duty", name="pk_leases"),
    )
    op.add_column("dead_letters", sa.Column("item", sa.LargeBinary(), nullable=True))
