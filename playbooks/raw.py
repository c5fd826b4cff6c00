"""A playbook file as parsed YAML, for checks that must run even when the schema finds faults too.

Values of a wrong type are left out here; the schema complains about those.
"""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from incident.domain.said import Said, said
from incident.yamlfile import YamlFile
from playbooks.schema_tasks import MAX_NEEDS

Path = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class RawTask:
    """A task as the file tells it. ``needs`` holds the measure it takes back, too."""

    id: str
    phase: str
    path: Path
    fields: dict[str, Any]
    undoes: str = ""

    @property
    def needs(self) -> list[str]:
        """Ids of the tasks it waits for."""
        own = [need for need in as_list(self.fields.get("needs"))[:MAX_NEEDS] if isinstance(need, str)]
        return [*own, self.undoes] if self.undoes and self.undoes not in own else own

    def text(self, name: str) -> str:
        """A field that is a text; empty when it is missing or something else."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""


def as_dict(node: Any) -> dict[Any, Any]:
    """The mapping, or an empty one in place of anything else."""
    return node if isinstance(node, dict) else {}


def as_list(node: Any) -> list[Any]:
    """The list, or an empty one in place of anything else."""
    return node if isinstance(node, list) else []


def section(file: YamlFile, name: str) -> Any:
    """A top-level field of the file."""
    return as_dict(file.data).get(name)


def raw_tasks(file: YamlFile) -> list[RawTask]:
    """All tasks that have an id, in the file's order."""
    found = [
        (str(as_dict(phase).get("id")), ("phases", i, "tasks", j), as_dict(task))
        for i, phase in enumerate(as_list(section(file, "phases")))
        for j, task in enumerate(as_list(as_dict(phase).get("tasks")))
        if isinstance(as_dict(task).get("id"), str)
    ]
    undoes: dict[str, str] = {}
    for _, _, fields in found:
        undo = fields.get("undo")
        if isinstance(undo, str) and undo != fields["id"]:
            undoes.setdefault(undo, fields["id"])
    return [RawTask(f["id"], phase, path, f, undoes.get(f["id"], "")) for phase, path, f in found]


def seats(file: YamlFile) -> Iterator[tuple[Path, str]]:
    """Every place in a group and the position in it."""
    for name, group in as_dict(section(file, "groups")).items():
        spec = as_dict(group)
        if isinstance(spec.get("head"), str):
            yield ("groups", name, "head"), spec["head"]
        for field in ("deputies", "members"):
            for number, position in enumerate(as_list(spec.get(field))):
                if isinstance(position, str):
                    yield ("groups", name, field, number), position


def level_rows(file: YamlFile) -> list[tuple[Path, Any, dict[Any, Any]]]:
    """The rows of the level matrix, as (path, level, row)."""
    levels = section(file, "levels")
    if isinstance(levels, list):
        return [(("levels", i), as_dict(row).get("level"), as_dict(row)) for i, row in enumerate(levels)]
    return [(("levels", key), key, as_dict(row)) for key, row in as_dict(levels).items()]


def positions_named(file: YamlFile, tasks: list[RawTask]) -> Iterator[tuple[Path, str]]:
    """Every position outside the groups' own lists: owners, backups, who is asked, who waives, who signs."""
    for task in tasks:
        yield from (((*task.path, field), task.text(field)) for field in ("owner", "backup") if task.text(field))
        for number, position in enumerate(as_list(as_dict(task.fields.get("waive")).get("by"))):
            if isinstance(position, str):
                yield (*task.path, "waive", "by", number), position
    for name, var in as_dict(section(file, "vars")).items():
        if isinstance(as_dict(var).get("who"), str):
            yield ("vars", name, "who"), as_dict(var)["who"]
    for number, start in enumerate(as_list(section(file, "start_playbook"))):
        if isinstance(as_dict(start).get("who"), str):
            yield ("start_playbook", number, "who"), as_dict(start)["who"]
    sign = as_dict(section(file, "end")).get("sign")
    if isinstance(sign, str):
        yield ("end", "sign"), sign


def positions_of_command(file: YamlFile) -> Iterator[tuple[Path, str]]:
    """Positions in the parts about messages, clocks and roll calls; they need not sit in a group."""
    places: list[tuple[Path, dict[Any, Any]]] = [(("rollcall",), as_dict(section(file, "rollcall")))]
    for name, rows in (
        (("clocks",), section(file, "clocks")),
        (("comms", "lines"), as_dict(section(file, "comms")).get("lines")),
    ):
        places += [((*name, number), as_dict(row)) for number, row in enumerate(as_list(rows))]
    for path, spec in places:
        for field in ("owner", "backup", "approver", "care"):
            if isinstance(spec.get(field), str):
                yield (*path, field), spec[field]


def did_you_mean(word: str, known: Collection[str], otherwise: Said) -> Said:
    """The nearest known word as a question, else the other remedy."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return said("did you mean '{name}'?", name=close[0]) if close else otherwise
