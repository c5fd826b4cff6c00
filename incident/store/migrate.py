"""Alembic: running the migration scripts of this package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection


def upgrade(connection: Connection, scripts: Path) -> bool:
    """Run what is missing, on ``connection``; False when the database has a revision nobody here knows."""
    try:
        command.upgrade(alembic_config(connection, scripts), "head")
    except CommandError:
        return False
    return True


def known(scripts: Path) -> frozenset[str]:
    """All revisions there are scripts for."""
    return frozenset(script.revision for script in ScriptDirectory(str(scripts)).walk_revisions())


def oldest(scripts: Path) -> str:
    """The revision a version must know at least to work on the newest tables, as the newest script says."""
    return str(ScriptDirectory(str(scripts)).get_revision("head").module.oldest)


def alembic_config(connection: Connection, scripts: Path) -> Config:
    """Alembic's settings, without a file: the scripts of this package, on ``connection``."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config
