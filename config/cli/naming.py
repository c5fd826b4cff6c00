"""People, positions and things in tables: by name, with the id that the next command asks for."""

from typing import TYPE_CHECKING

from config.cli.context import Cli

if TYPE_CHECKING:
    from collections.abc import Iterable

    from incident.domain.words import Text


class Naming:
    """Names for one run of a command; a visitor is called as typed."""

    def __init__(self, cli: Cli) -> None:
        from config.cli.papers import papers

        self._cli, self._names = cli, papers(cli).names

    def person(self, person_id: str) -> str:
        """``Lin Xue (lin-xue)``; empty for nobody."""
        return self._both(self._names.person(person_id), person_id)

    def name(self, person_id: str) -> str:
        """The name alone."""
        return self._cli.words(self._names.person(person_id))

    def people(self, person_ids: "Iterable[str]") -> str:
        """Several of them."""
        return self._cli.t(", ").join(self.person(one) for one in person_ids)

    def position(self, position_id: str) -> str:
        """``Shift lead (shift_lead)``."""
        return self._both(self._names.position(position_id), position_id)

    def item(self, item_id: str) -> str:
        """``Radios (radios)``."""
        return self._both(self._names.item(item_id), item_id)

    def _both(self, name: "Text", name_id: str) -> str:
        shown = self._cli.words(name)
        return shown if shown == name_id else self._cli.t("{name} ({id})").format(name=shown, id=name_id)
