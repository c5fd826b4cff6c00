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

    def fault(self, path: tuple[int | str, ...], what: str, remedy: str = "") -> str:
        """One readable line about the value at ``path``."""
        where = ".".join(str(part) for part in path) or "(whole file)"
        tail = f" — {remedy}" if remedy else ""
        return f"{self.name}:{self.line(path)}: {where}: {what}{tail}"


def parse(text: str, name: str) -> YamlFile:
    """Parse YAML 1.2 text. ``name`` is what error messages call it. Raises BadInput; runs nothing in the text."""
    if len(text) > MAX_BYTES:
        raise _too_long(text[:MAX_BYTES], name, MAX_BYTES)
    if strange := _STRANGE.search(text):
        what = f"{name}:{_line_at(text[: strange.start()])}: holds the character U+{ord(strange[0]):04X}"
        raise BadInput(what, remedy="take it out; in a quoted text it may be written as \\x or \\u and its number")
    try:
        # Composing gives nodes with their marks at C speed and constructs no objects: nothing in the text is run.
        root = _Loader(text, name).get_single_node()
        reader = _Reader(name)
        return YamlFile(name, reader.value(root, ()) if root is not None else None, reader.lines)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = (error.problem or "not valid YAML").strip()
        raise BadInput(f"{name}:{line}: {what}", remedy="mend the YAML at this line") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadInput(f"{name}:1: not valid YAML ({type(error).__name__})", remedy="mend the YAML") from None


def decoded(data: bytes, name: str, most: int = MAX_BYTES) -> str:
    """The text of a file of at most ``most`` bytes. Raises BadInput with the line of the first byte that is wrong."""
    if len(data) > most:
        raise _too_long(data[:most].decode("utf-8", "replace"), name, most)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_at(data[: error.start].decode("utf-8"))
        raise BadInput(f"{name}:{line}: not UTF-8 at byte {error.start}", remedy="save the file as UTF-8") from None


def text_of(path: Path, most: int = MAX_BYTES) -> str:
    """What a file says, read no further than ``most`` bytes. Raises BadInput when it is missing or no such text."""
    try:
        with path.open("rb") as file:
            return decoded(file.read(most + 1), str(path), most)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}", remedy="check the path, or run 'tocsin init'") from None


def _too_long(start: str, name: str, most: int) -> BadInput:
    return BadInput(f"{name}:{_line_at(start)}: longer than {most} bytes", remedy="split the file before this line")


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
        what = f"{name}:{line}: more than {MAX_DEPTH} levels, one inside the other"
        return BadInput(what, remedy="close what is open, or indent less")
    what = f"{name}:{line}: unfolds to more than {MAX_NODES} values"
    return BadInput(what, remedy="use fewer aliases (*name) or split it")


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
                raise BadInput(f"{self._name}:{line}: a key must be a plain word", remedy="mend the YAML at this line")
            key = self._scalar(key_node)
            if key in found:
                raise BadInput(f"{self._name}:{line}: '{key}' stands here twice", remedy="remove one of the two")
            self.lines[(*path, key)] = line
            found[key] = self.value(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode) -> Any:
        self._plain(node, "str")
        try:
            return node.value if node.style else _meaning(node.value)
        except ValueError:
            what = f"{self._name}:{node.start_mark.line + 1}: '{node.value[:40]}' is not a date or number that exists"
            raise BadInput(what, remedy="mend it, or put it in quotes") from None

    def _plain(self, node: Node, kind: str) -> None:
        if node.tag != f"tag:yaml.org,2002:{kind}":
            what = f"{self._name}:{node.start_mark.line + 1}: the tag {node.tag} is not allowed"
            raise BadInput(what, remedy="write a plain value")


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
    faults = tuple(_explain(file, model, dict(item)) for item in told)
    return BadInput("\n".join(faults), faults=faults)


def _within(inner: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def load(path: Path, model: type[M]) -> M:
    """Read, parse and validate in one step."""
    return check(read(path), model)


def _explain(file: YamlFile, model: type[BaseModel], item: dict[str, Any]) -> str:
    path = tuple(part for part in item["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    kind, what = item["type"], item["msg"]
    if kind == "extra_forbidden":
        return file.fault(path, "unknown field", _nearest(str(path[-1]), model))
    if kind == "missing":
        return file.fault(path, "is missing", "add this field")
    if kind in _SHAPES:
        return file.fault(path, *_SHAPES[kind])
    if kind == "too_long":
        return file.fault(path, f"holds more than {item['ctx']['max_length']} items", "take some out")
    if kind == "too_short":
        least = item["ctx"]["min_length"]
        return file.fault(path, "is empty" if least == 1 else f"holds fewer than {least} items", "add to it")
    return file.fault(path, what.removeprefix("Value error, "))


_SHAPES = {
    **dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), ("is no table", "write 'name: value' lines")),
    **dict.fromkeys(("tuple_type", "list_type"), ("is no list", "write '- item' lines, or [one, two]")),
}
"""What to say of a value of the wrong shape, by the validator's word for it."""


def _nearest(field: str, model: type[BaseModel]) -> str:
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
    return f"did you mean '{close[0]}'?" if close else "remove it"


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models_in(inner)]
