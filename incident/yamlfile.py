"""YAML read strictly: duplicate keys, bombs and wrong fields are errors that name file, line, field and remedy.

Every schema owner (detectors, playbooks, drills, notifiers, config) loads its files through here, so that all
complaints look alike: ``people.yaml:12: positions.head: unknown field — did you mean 'heads'?``
"""

import difflib
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from yaml import CSafeLoader, MappingNode, Node, ScalarNode, SequenceNode
from yaml.error import MarkedYAMLError, YAMLError

from incident.domain.errors import BadInput
from incident.domain.said import Said, said
from incident.schema_faults import explain, refusal, yaml_problem

MAX_BYTES = 2_000_000
MAX_NODES = 100_000
MAX_DEPTH = 60
"""More values and levels than any file written by hand holds; a 'billion laughs' file needs many."""

M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """Base of every YAML schema: unknown fields are faults, records don't change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed file: ``data`` as plain containers, ``lines`` of every value by its path, ``name`` for messages."""

    name: str
    data: Any
    lines: dict[tuple[int | str, ...], int] = field(default_factory=dict, repr=False)

    def line(self, path: tuple[int | str, ...]) -> int:
        """The 1-based line on which the value at ``path`` (keys and indexes) stands, or its nearest parent."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1

    def fault(self, path: tuple[int | str, ...], what: Said, remedy: Said | None = None) -> Said:
        """One readable line about the value at ``path``, with what to do about it."""
        where = ".".join(str(part) for part in path) or said("(whole file)")
        here: dict[str, object] = {"file": self.name, "line": self.line(path), "field": where, "problem": what}
        if not remedy:
            return said("{file}:{line}: {field}: {problem}", **here)
        return said("{file}:{line}: {field}: {problem} — {remedy}", **here, remedy=remedy)


def parse(text: str, name: str) -> YamlFile:
    """Parse YAML 1.2 text. ``name`` is what error messages call it. Raises BadInput; runs nothing in the text."""
    if len(text) > MAX_BYTES:
        raise _too_long(text[:MAX_BYTES], name, MAX_BYTES)
    if strange := _STRANGE.search(text):
        what = said("holds the character U+{code}", code=f"{ord(strange[0]):04X}")
        remedy = said("take it out; in a quoted text it may be written as \\x or \\u and its number")
        raise BadInput.at(name, what, line=_line_at(text[: strange.start()]), remedy=remedy)
    try:
        # Composing gives nodes with their marks at C speed and constructs no objects: nothing in the text is run.
        root = _Loader(text, name).get_single_node()
        reader = _Reader(name)
        return YamlFile(name, reader.value(root, ()) if root is not None else None, reader.lines)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise BadInput.at(
            name, yaml_problem(error.problem), line=line, remedy=said("mend the YAML at this line")
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadInput.at(name, yaml_problem(type(error).__name__), line=1, remedy=said("mend the YAML")) from None


def decoded(data: bytes, name: str, most: int = MAX_BYTES) -> str:
    """The text of a file of at most ``most`` bytes. Raises BadInput with the line of the first byte that is wrong."""
    if len(data) > most:
        raise _too_long(data[:most].decode("utf-8", "replace"), name, most)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_at(data[: error.start].decode("utf-8"))
        what = said("not UTF-8 at byte {at}", at=error.start)
        raise BadInput.at(name, what, line=line, remedy=said("save the file as UTF-8")) from None


def text_of(path: Path, most: int = MAX_BYTES) -> str:
    """What a file says, read no further than ``most`` bytes. Raises BadInput when it is missing or no such text."""
    try:
        with path.open("rb") as file:
            return decoded(file.read(most + 1), str(path), most)
    except OSError as error:
        raise refused(path, error) from None


def refused(path: Path, error: OSError) -> BadInput:
    """What the operating system said no to, and what to do about it."""
    why, remedy = refusal(error)
    if isinstance(error, FileNotFoundError) and path.suffix in {".yaml", ".yml"}:
        remedy = said("check the path, or run 'tocsin init'")
    return BadInput.at(path, why, remedy=remedy)


def _too_long(start: str, name: str, most: int) -> BadInput:
    what = said("longer than {most} bytes", most=most)
    return BadInput.at(name, what, line=_line_at(start), remedy=said("split the file before this line"))


def _line_at(before: str) -> int:
    """The line that the text ``before`` ends on, by YAML's line breaks."""
    return len(_BREAK.findall(before)) + 1


_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_STRANGE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML lets no file hold: control characters and halves of characters."""


class _Loader(CSafeLoader):
    """Leaves plain words as they are: YAML 1.1 would take ``on`` and ``no`` for booleans; ``_meaning`` reads 1.2.

    Values are counted while they are read: the parser's time grows with the square of the nesting.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - types-PyYAML declares it on the instance

    def __init__(self, stream: str, name: str) -> None:
        super().__init__(stream)
        self._name, self._depth, self._count = name, 0, 0

    def descend_resolver(self, current_node: Node | None, current_index: Any) -> None:
        """The parser's, as it goes down into a value."""
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_NODES:
            at = current_index if isinstance(current_index, Node) else current_node
            raise _too_much(self._name, at.start_mark.line + 1 if at else 1, deep=self._depth > MAX_DEPTH)

    def ascend_resolver(self) -> None:
        """The parser's, as it comes up again."""
        self._depth -= 1


def _too_much(name: str, line: int, *, deep: bool) -> BadInput:
    if deep:
        what = said("more than {most} levels, one inside the other", most=MAX_DEPTH)
        return BadInput.at(name, what, line=line, remedy=said("close what is open, or indent less"))
    what = said("unfolds to more than {most} values", most=MAX_NODES)
    return BadInput.at(name, what, line=line, remedy=said("use fewer aliases (*name) or split it"))


class _Reader:
    """Turns nodes into plain data and remembers lines. Counts what aliases unfold to, against bombs."""

    def __init__(self, name: str) -> None:
        self.lines: dict[tuple[int | str, ...], int] = {}
        self._name = name
        self._count = 0

    def value(self, node: Node, path: tuple[int | str, ...]) -> Any:
        self._count += 1
        if self._count > MAX_NODES or len(path) > MAX_DEPTH:
            raise _too_much(self._name, self.lines.get(path[:1], 1), deep=len(path) > MAX_DEPTH)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            self._plain(node, "map")
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            self._plain(node, "seq")
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # noqa: S101 - there is no fourth kind of node
        return self._scalar(node)

    def _mapping(self, node: MappingNode, path: tuple[int | str, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                what = said("a key must be a plain word")
                raise BadInput.at(self._name, what, line=line, remedy=said("mend the YAML at this line"))
            key = self._scalar(key_node)
            if key in found:
                what = said("'{id}' stands here twice", id=key)
                raise BadInput.at(self._name, what, line=line, remedy=said("remove one of the two"))
            self.lines[(*path, key)] = line
            found[key] = self.value(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode) -> Any:
        self._plain(node, "str")
        try:
            return node.value if node.style else _meaning(node.value)
        except ValueError:
            what = said("'{value}' is not a date or number that exists", value=node.value[:40])
            line, remedy = node.start_mark.line + 1, said("mend it, or put it in quotes")
            raise BadInput.at(self._name, what, line=line, remedy=remedy) from None

    def _plain(self, node: Node, kind: str) -> None:
        if node.tag != f"tag:yaml.org,2002:{kind}":
            what = said("the tag {tag} is not allowed", tag=node.tag)
            raise BadInput.at(self._name, what, line=node.start_mark.line + 1, remedy=said("write a plain value"))


def _meaning(word: str) -> Any:
    """What an unquoted word stands for by YAML 1.2's core schema, and dates. Raises ValueError for 2026-02-30."""
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(word):
        return int(word, 0 if word[1:2] in {"o", "x"} else 10)
    if _FLOAT.fullmatch(word):
        return float(word)
    if _MOMENT.fullmatch(word):
        return date.fromisoformat(word) if len(word) == 10 else datetime.fromisoformat(word)
    return word


_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan"),
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:?\d\d)?)?")


def read(path: Path) -> YamlFile:
    """Read and parse a file. Raises BadInput when it is missing, not UTF-8 or not YAML."""
    return parse(text_of(path), str(path))


def check(file: YamlFile, model: type[M]) -> M:
    """Validate a parsed file against a schema; raises one BadInput that lists all faults with their lines."""
    try:
        return model.model_validate(file.data if file.data is not None else {})
    except ValidationError as error:
        raise complaint(file, model, error) from None


def complaint(file: YamlFile, model: type[BaseModel], error: ValidationError) -> BadInput:
    """One BadInput that lists all faults of a failed validation with their lines; input values are left out."""
    items = error.errors(include_input=False)
    # A list whose every item is faulty counts as empty: what is wrong with the items says it all.
    told = [i for i in items if i["type"] != "too_short" or not any(_within(o["loc"], i["loc"]) for o in items)]
    return BadInput.listing(_explain(file, model, dict(item)) for item in told)


def _within(inner: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def load(path: Path, model: type[M]) -> M:
    """Read, parse and validate in one step."""
    return check(read(path), model)


def _explain(file: YamlFile, model: type[BaseModel], item: dict[str, Any]) -> str:
    path = tuple(part for part in item["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    if item["type"] == "extra_forbidden":
        return file.fault(path, said("unknown field"), _nearest(str(path[-1]), model))
    return file.fault(path, *explain(item))


def _nearest(field: str, model: type[BaseModel]) -> Said:
    known: set[str] = set()
    todo, seen = [model], set[type[BaseModel]]()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        for name, info in current.model_fields.items():
            known.add(info.alias or name)
            todo.extend(_models_in(info.annotation))
    close = difflib.get_close_matches(field, known, n=1)
    return said("did you mean '{name}'?", name=close[0]) if close else said("remove it")


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models_in(inner)]
