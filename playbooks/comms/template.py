"""Message templates: Jinja2, cut down to gaps, conditions and short lists, in a sandbox.

A template is data that somebody else may have written. Whatever could reach into the program or eat its memory is
refused when the file is loaded: attributes, subscripts, calls, arithmetic, imports, loops in loops, long texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from incident.domain.said import Said, as_said, said

MAX_TEMPLATE = 2000
MAX_VALUE = 500
MAX_ITEMS = 20
MAX_RENDERED = 5000
"""In characters, and items of a list. A message longer than this reads nobody in a crisis."""

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.For, nodes.Compare, nodes.Operand,
    nodes.Not, nodes.And, nodes.Or, nodes.Const,
)  # fmt: skip
_FILTERS = ("join", "default")

Value = str | Sequence[str]


class Refused(ValueError):
    """A template that is not let in: ``what`` is wrong on ``line`` of the template, and the ``remedy``."""

    def __init__(self, what: Said, line: int, remedy: Said) -> None:
        super().__init__(
            said(
                "line {line} of the text: {problem} — {remedy}",
                line=line,
                problem=as_said(what),
                remedy=as_said(remedy),
            )
        )


@lru_cache(maxsize=1024)
def fields_of(source: str) -> frozenset[str]:
    """The fields a template asks for. Raises Refused for a template that may do more than fill gaps."""
    if len(source) > MAX_TEMPLATE:
        raise Refused(said("longer than {most} characters", most=MAX_TEMPLATE), 1, said("shorten it"))
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        remedy = said("check that {{ }} and {% %} come in pairs, and that every if and for has its end")
        raise Refused(said("not a template"), error.lineno, remedy) from None
    except RecursionError:
        raise Refused(said("too deeply nested"), 1, said("write it plainly")) from None
    for node in _walk(tree):
        _admit(node)
    return frozenset(find_undeclared_variables(tree))


def render(source: str, values: Mapping[str, Value]) -> str:
    """The text with its gaps filled. ``values`` are texts or lists of texts; each is cut down to plain characters.

    Raises Refused for a hostile template, a missing field, or more text than a message may hold.
    """
    missing = fields_of(source) - set(values)
    if missing:
        raise Refused(said("needs {names}", names=", ".join(sorted(missing))), 1, said("fill in these fields"))
    plain = {name: _plain(name, value) for name, value in values.items()}
    try:
        text = _ENVIRONMENT.from_string(source).render(plain)
    except TemplateError:
        raise Refused(said("can't be filled in"), 1, said("mend the template")) from None
    if len(text) > MAX_RENDERED:
        raise Refused(said("more than {most} characters once filled in", most=MAX_RENDERED), 1, said("shorten it"))
    return " ".join(text.split(" ")).strip()


def _plain(name: str, value: Value) -> str | list[str]:
    """Field values are data, never templates: control characters go, and long ones are refused."""
    items = [value] if isinstance(value, str) else list(value)
    if len(items) > MAX_ITEMS or any(len(item) > MAX_VALUE for item in items):
        raise Refused(
            said(
                "'{name}' is longer than {most} characters or {items} items",
                name=name,
                most=MAX_VALUE,
                items=MAX_ITEMS,
            ),
            1,
            said("shorten it"),
        )
    clean = ["".join(ch for ch in item if ch.isprintable()).strip() for item in items]
    return clean[0] if isinstance(value, str) else clean


def _admit(node: nodes.Node) -> None:
    line = node.lineno or 1
    if isinstance(node, nodes.Filter):
        if node.name not in _FILTERS:
            raise Refused(
                said("the filter '{name}' is not allowed", name=node.name),
                line,
                said("use {names}", names=", ".join(_FILTERS)),
            )
        return
    if not isinstance(node, _ALLOWED):
        kind = type(node).__name__.lower()
        raise Refused(
            said("'{kind}' is not allowed in a message", kind=kind),
            line,
            said("use {{ field }}, {% if field %}, {% for x in list %}"),
        )
    if isinstance(node, nodes.For):
        _admit_loop(node, line)
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        raise Refused(said("'{name}' can't be a field", name=node.name), line, said("use another name"))


def _admit_loop(node: nodes.For, line: int) -> None:
    if not isinstance(node.iter, nodes.Name) or not isinstance(node.target, nodes.Name):
        raise Refused(said("a loop must run over a field"), line, said("write {% for x in list %}"))
    if any(isinstance(inner, nodes.For) for part in node.body for inner in _walk(part)) or node.recursive:
        raise Refused(said("a loop inside a loop"), line, said("use one list"))


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        todo.extend(current.iter_child_nodes())


def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    made.globals.clear()
    return made


_ENVIRONMENT = _environment()
