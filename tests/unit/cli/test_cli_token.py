"""Keys and sign-in links from the command line."""

from pathlib import Path
from typing import Any

import pytest

from incident.domain.errors import NotAllowed
from incident.service.access import ROLES, identify, sign_in
from incident.service.clock import SystemClock
from incident.store.uow import Database
from tests.unit.cli.conftest import data


def _identify(home: Path, secret: str) -> Any:
    database = Database(f"sqlite:///{home}/tocsin-data/tocsin.db")
    try:
        with database.reading() as store:
            return identify(store, secret, SystemClock().now())
    finally:
        database.close()


def test_a_token_is_shown_once_and_works(centre: Any, home: Path) -> None:
    """Afterwards neither the list nor the database holds it."""
    made = centre("token", "create", "--name", "prometheus", "--role", "intake")
    secret = made.stdout.strip()
    assert _identify(home, secret).role == "intake"
    assert secret not in centre("token", "list", "--all", "--json").output
    assert all(secret.encode() not in path.read_bytes() for path in (home / "tocsin-data").iterdir())


def test_a_revoked_token_is_worth_nothing(centre: Any, home: Path) -> None:
    """At once."""
    secret = data(centre("token", "create", "--name", "ci", "--role", "viewer", "--json"))["token"]
    assert data(centre("token", "revoke", "ci", "--json"))["revoked"] == 1
    with pytest.raises(NotAllowed):
        _identify(home, secret)
    assert centre("token", "revoke", "ci").exit_code == 1


def test_a_sign_in_link_works_once(centre: Any, home: Path) -> None:
    """For the person and the role it was made for."""
    link = data(centre("token", "login", "zhou-wei", "--role", "admin", "--json"))["link"]
    assert link.startswith("http://127.0.0.1:8420/login/")
    database = Database(f"sqlite:///{home}/tocsin-data/tocsin.db")
    with database.unit() as store:
        session = sign_in(store, link.rpartition("/")[2], SystemClock().now())
        with pytest.raises(NotAllowed):
            sign_in(store, link.rpartition("/")[2], SystemClock().now())
        store.commit()
    database.close()
    assert _identify(home, session).person == "zhou-wei"


def test_a_key_can_be_made_before_the_first_start(tocsin: Any) -> None:
    """It sets the database up by itself; shipped defaults will do."""
    assert tocsin("token", "create", "--name", "early", "--role", "viewer").exit_code == 0


def test_the_roles_are_those_of_the_service() -> None:
    """The command line offers each of them and no other."""
    from config.cli.token import Role

    assert tuple(role.value for role in Role) == ROLES
