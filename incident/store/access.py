"""Tokens, and the small values that belong to the installation."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from incident.service.records import Token
from incident.store.sql import insert as insert_or
from incident.store.sql import upsert
from incident.store.tables import key_values, tokens


class Tokens:
    """``TokenRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: Token) -> None:
        """Keep a new token. Raises Conflict when its hash is known."""
        values = {name: getattr(token, name) for name in Token.__dataclass_fields__}
        self._connection.execute(insert(tokens), values)

    def find(self, token_hash: str) -> Token | None:
        """The token of that hash, whatever its state: the caller judges expiry and revocation."""
        row = self._connection.execute(select(tokens).where(tokens.c.hash == token_hash)).mappings().first()
        return Token(**row) if row else None

    def use(self, token_hash: str, now: datetime) -> bool:
        """Mark as used; False when it was used before, so that of two clicks on one link only the first counts."""
        unused = (tokens.c.hash == token_hash) & tokens.c.used_at.is_(None)
        return self._connection.execute(update(tokens).where(unused).values(used_at=now)).rowcount == 1

    def revoke(self, name: str, now: datetime) -> int:
        """Revoke all tokens of that name that still hold; how many."""
        valid = (tokens.c.name == name) & tokens.c.revoked_at.is_(None)
        return self._connection.execute(update(tokens).where(valid).values(revoked_at=now)).rowcount

    def revoke_hash(self, token_hash: str, now: datetime) -> None:
        """Revoke one token, if it still holds."""
        valid = (tokens.c.hash == token_hash) & tokens.c.revoked_at.is_(None)
        self._connection.execute(update(tokens).where(valid).values(revoked_at=now))

    def rows(self) -> list[Token]:
        """All, newest first."""
        found = self._connection.execute(select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.name))
        return [Token(**row) for row in found.mappings()]

    def purge(self, before: datetime) -> int:
        """Forget tokens that ran out before that time; how many."""
        return self._connection.execute(delete(tokens).where(tokens.c.expires_at < before)).rowcount


class Keys:
    """``KeyRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """The value, None when there is none."""
        found = select(key_values.c.value).where(key_values.c.name == name)
        return self._connection.execute(found).scalar_one_or_none()

    def lock(self, name: str) -> str | None:
        """The value, None when there is none; others who lock it wait until this transaction ends."""
        self.put_if_absent(name, "")
        # On SQLite there is only one writer anyway, and FOR UPDATE is not written out.
        found = select(key_values.c.value).where(key_values.c.name == name).with_for_update()
        return str(self._connection.execute(found).scalar_one()) or None

    def put(self, name: str, value: str) -> None:
        """Insert or replace."""
        upsert(self._connection, key_values, [{"name": name, "value": value}], ["name"])

    def put_if_absent(self, name: str, value: str) -> str:
        """The value that stands afterwards: the first one that anybody put."""
        statement = insert_or(self._connection, key_values).values(name=name, value=value)
        self._connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
        stands = select(key_values.c.value).where(key_values.c.name == name)
        return str(self._connection.execute(stands).scalar_one())
