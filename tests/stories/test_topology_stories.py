"""A dependency fails: one incident, in whatever order its dependants notice."""

from pathlib import Path

import pytest

from tests.harness import Stage

DEPENDANTS = [f"app-{number}" for number in range(40)]
SERVICES = "schema: services/v1\nservices:\n  - {id: database, name: DB}\n  - {id: mail, name: Mail}\n" + "".join(
    f"  - {{id: {name}, name: {name}, depends_on: [database]}}\n" for name in DEPENDANTS
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Forty services on one database."""
    (tmp_path / "services.yaml").write_text(SERVICES, "utf-8")
    return Stage(tmp_path)


@pytest.mark.parametrize("order", [["database", *DEPENDANTS], [*DEPENDANTS, "database"], DEPENDANTS])
def test_a_failing_dependency_is_one_incident_and_not_forty(stage: Stage, order: list[str]) -> None:
    """Whether the database is noticed first, last, or not at all."""
    for name in order:
        stage.send(stage.signal(f"{name}-down", labels={"service": name}))
        stage.push(seconds=5)
    assert len(stage.incident_ids()) == 1


def test_what_shares_nothing_or_comes_later_is_an_incident_of_its_own(stage: Stage) -> None:
    """Mail stands on nothing of the database's; and a quarter of an hour later chance is the better guess."""
    for name, minutes in (("app-0", 0), ("mail", 1), ("app-1", 15)):
        stage.push(minutes=minutes)
        stage.send(stage.signal(f"{name}-down", labels={"service": name}))
    assert len(stage.incident_ids()) == 3
