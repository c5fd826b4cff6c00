"""Who has which duty: the store's side of ``incident.service.leases``."""

from typing import Protocol

from incident.service.records import Lease, LeaseRow


class LeaseRepo(Protocol):
    """Duties that one node at a time has. Times are by the database's clock, never by a node's."""

    def take(self, duty: str, owner: str, lasts: float) -> Lease | None:
        """Take the duty, or hold it for ``lasts`` seconds more; None while another owner has it."""
        ...

    def require(self, lease: Lease) -> None:
        """Raises Fenced when the duty has changed hands; otherwise it can't until this transaction ends."""
        ...

    def release(self, lease: Lease) -> None: ...
    def rows(self) -> list[LeaseRow]: ...
