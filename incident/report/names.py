"""What people, positions and actors are called. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from incident.domain.roster import Roster
from incident.domain.words import Text
from incident.i18n import LANGUAGES, Translate, translator
from incident.report.words import msg


@dataclass(frozen=True, slots=True)
class Names:
    """Display names by id: people, positions, items of the store. What is not known is shown by its id."""

    people: dict[str, Text] = field(default_factory=dict)
    positions: dict[str, Text] = field(default_factory=dict)
    items: dict[str, Text] = field(default_factory=dict)

    @classmethod
    def of(cls, roster: Roster, items: Mapping[str, Text] | None = None) -> "Names":
        """The names a roster knows, and what is in the store."""
        people = {person.id: person.name for person in roster.people.values()}
        return cls(people, {position.id: position.title for position in roster.positions.values()}, dict(items or {}))

    def person(self, person_id: str) -> Text:
        """The person's name; the id when the person is not known."""
        return self.people.get(person_id) or Text.same(person_id)

    def position(self, position_id: str) -> Text:
        """The position's title; its id when it is not known."""
        return self.positions.get(position_id) or Text.same(position_id)

    def item(self, item_id: str) -> Text:
        """What a thing of the store is called; its id when it is not known."""
        return self.items.get(item_id) or Text.same(item_id)

    def actor(self, actor: str) -> Text:
        """The name of an entry's actor: a person's name, or which part of the house acted."""
        kind, _, name = actor.partition(":")
        if kind == "person":
            return self.person(name)
        pattern = _ACTORS.get(kind)
        return both(lambda t: t(pattern).format(name=name)) if pattern else Text.same(actor)


_ACTORS = {
    "system": msg("Tocsin"),
    "detector": msg("Detector {name}"),
    "drill": msg("Drill {name}"),
    "probe": msg("Probe {name}"),
    "token": msg("Program {name}"),
}


def both(write: Callable[[Translate], str]) -> Text:
    """The same text written in Chinese and in English by ``write``, which is handed a translator."""
    zh, en = (write(translator(language)) for language in LANGUAGES)
    return Text(zh=zh, en=en)
