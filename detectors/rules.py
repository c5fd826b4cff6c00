"""``detectors.yaml`` → detectors. All faults of the file are told at once, each with its line."""

import difflib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, create_model

from detectors.registry import KINDS, AnyDetector, build
from detectors.rule import Rule
from incident.domain.errors import BadInput
from incident.domain.said import as_said, said
from incident.yamlfile import Strict, YamlFile, check, parse, read

SCHEMA = "detectors/v1"


class RulesFile(Strict):
    """The frame of the file; each rule is checked against the model of its kind afterwards."""

    schema_: Literal["detectors/v1"] = Field(alias="schema")
    rules: list[dict[str, Any]]


def load_rules(path: Path) -> list[AnyDetector]:
    """The detectors of the enabled rules, in file order. Raises BadInput that lists all faults."""
    return detectors_of(read(path))


def parse_rules(text: str, name: str) -> list[AnyDetector]:
    """The same from a text; ``name`` is what faults call it."""
    return detectors_of(parse(text, name))


def detectors_of(file: YamlFile) -> list[AnyDetector]:
    """The same from a parsed file."""
    frame = check(file, RulesFile)
    faults = [fault for place, rule in enumerate(frame.rules) for fault in _kind_faults(file, place, rule)]
    rules: list[Rule] = []
    try:
        rules = _checked(file, frame.rules)
    except BadInput as error:
        faults += [fault for fault in error.faults if not _is_told(file, frame.rules, fault)]
    faults = faults or _doubled(file, [rule.id for rule in rules])
    if faults:
        raise BadInput.listing(faults)
    return [build(rule) for rule in rules if rule.enabled]


def _checked(file: YamlFile, rules: list[dict[str, Any]]) -> list[Rule]:
    """Each rule by the model of its kind; those of an unknown kind are let through, they are faults already."""
    models = tuple(KINDS[rule["kind"]][0] if _is_known(rule.get("kind")) else dict[str, Any] for rule in rules)
    found: Sequence[object] = check(file, _model(models)).rules
    return [rule for rule in found if isinstance(rule, Rule)]


@lru_cache(maxsize=32)
def _model(models: tuple[Any, ...]) -> type[RulesFile]:
    """What a file with rules of these models in this order must be; a model takes longer to make than to use."""
    of_this_file: Any = tuple.__class_getitem__(models)
    return create_model("DetectorsFile", __base__=RulesFile, rules=(of_this_file, ...))


def _is_known(kind: object) -> bool:
    return isinstance(kind, str) and kind in KINDS


def _is_told(file: YamlFile, rules: list[dict[str, Any]], fault: str) -> bool:
    """Whether a fault says less of a budget than :func:`_budget_faults` has said already."""
    told = [
        str(file.fault(("rules", place, name), said("")))
        for place, rule in enumerate(rules)
        for name in _unbudgeted(rule)
    ]
    return fault.startswith(tuple(told))


def _unbudgeted(rule: dict[str, Any]) -> list[str]:
    kind = rule.get("kind")
    if not _is_known(kind) or not KINDS[str(kind)][0].unbudgeted:
        return []
    return [name for name in ("alarms", "stricter") if name in rule]


def _kind_faults(file: YamlFile, place: int, rule: dict[str, Any]) -> list[str]:
    kind = rule.get("kind")
    if _is_known(kind):
        what = said("{kind} has no budget: {why}", kind=kind, why=as_said(KINDS[str(kind)][0].unbudgeted))
        return [file.fault(("rules", place, name), what) for name in _unbudgeted(rule)]
    close = difflib.get_close_matches(str(kind), KINDS, n=1)
    remedy = said("use one of {names}", names=", ".join(sorted(KINDS)))
    if close:
        remedy = said("did you mean '{name}'?", name=close[0])
    what = said("no such kind '{kind}'", kind=kind) if kind else said("is missing")
    return [file.fault(("rules", place, "kind"), what, remedy)]


def _doubled(file: YamlFile, ids: list[str]) -> list[str]:
    return [
        file.fault(
            ("rules", place, "id"),
            said("'{name}' is the id of an earlier rule", name=name),
            said("give each rule its own id"),
        )
        for place, name in enumerate(ids)
        if name in ids[:place]
    ]
