"""Two versions side by side: scripts only add, and this version works on tables that a newer one has added to."""

import ast
from pathlib import Path

import pytest

from incident.domain.errors import BadInput
from incident.store import schema
from incident.store.uow import Database
from tests.contract.store_sample import NOW, event, outgoing, stored
from tests.harness import Stage

SCRIPTS = sorted((schema.MIGRATIONS / "versions").glob("r*.py"))
ADDS = {"create_table", "create_index", "add_column"}


@pytest.mark.parametrize("script", SCRIPTS[1:], ids=lambda path: path.stem)
def test_a_script_only_adds_or_says_whom_it_locks_out(script: Path) -> None:
    """Whatever else a script does needs ``oldest`` to be itself: older nodes must be gone before it runs."""
    tree = ast.parse(script.read_text("utf-8"))
    names = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "op"
    ]
    takes = {node.func.attr for node in calls if isinstance(node.func, ast.Attribute)} - ADDS
    takes |= {f"a column that must be filled: {ast.unparse(node)}" for node in calls if _must_be_filled(node)}
    assert names["oldest"] <= names["revision"]
    assert not takes or names["oldest"] == names["revision"], takes


def _must_be_filled(call: ast.Call) -> bool:
    text = ast.unparse(call)
    return text.startswith("op.add_column") and "nullable=True" not in text and "server_default" not in text


def grow(database: Database, oldest: str) -> None:
    """What a version to come does: a table more, a column more on each table, and a word on who can go on."""
    with database.unit() as store:
        connection = store._connection  # type: ignore[attr-defined] # behind the ports
        for table in ("incidents", "signals", "inbox", "outbox", "leases", "log_entries", "tokens", "dead_letters"):
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN to_come TEXT")
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN with_default INTEGER NOT NULL DEFAULT 7")
        connection.exec_driver_sql("CREATE TABLE to_come (a TEXT)")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9000'")
        store.keys.put(schema.OLDEST, oldest)
        store.commit()


@pytest.mark.parametrize("oldest", ["0002", schema.HEAD])
def test_this_version_goes_on_with_tables_that_were_added_to(tmp_path: Path, oldest: str) -> None:
    """All its statements, from the fact to the page, on a database that a newer version has prepared."""
    stage = Stage(tmp_path)
    grow(stage.system.database, oldest)
    stage.restart()
    stage.send(stage.signal())
    assert stage.paged()
    stage.ack(stage.incident().id, stage.paged()[0])
    with stage.system.database.unit() as store:
        store.inbox.add([event(1)], NOW)
        store.outbox.add([outgoing("x")])
        assert [row.id for row in store.outbox.claim(NOW, 3, "t", 9)] == ["x"]
        store.signals.save([stored("y")])
        store.commit()
    stage.system.database.upgrade()
    assert stage.incident().acknowledged


def test_a_version_that_a_newer_one_has_locked_out_stops(tmp_path: Path) -> None:
    """The tables were changed in a way that this one does not know."""
    stage = Stage(tmp_path)
    grow(stage.system.database, "9000")
    with pytest.raises(BadInput, match="newer version of Tocsin"):
        stage.restart()
