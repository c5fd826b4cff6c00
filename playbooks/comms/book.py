"""Reads the shipped messages and the user's own, scenario by scenario. Raises one BadInput with all faults."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from incident.domain.crisis_plan import CommsPlan
from incident.domain.errors import BadInput
from incident.domain.said import Said, said
from incident.domain.words import Scenario
from incident.schema_faults import explain
from incident.yamlfile import YamlFile, check, parse, read
from playbooks.comms.schema import CommsFile, CommsSpec, LineSpec

LIBRARY = Path(__file__).parent / "library"
PARTS = {"public_relations", "reassurance", "adjustment"}
"""The three parts of a crisis plan (H9.1), each of which needs a line in every scenario."""

_Read = tuple[YamlFile, CommsFile]


def load_comms(own: Path | None = None) -> dict[Scenario, CommsPlan]:
    """A plan for each scenario: its own words on the lines that all share. A user's line replaces one of its id."""
    if own is None or not own.is_dir():
        return dict(_shipped())
    return comms_of([*_files(), *(read(path) for path in sorted(own.glob("*.y*ml")))])


@cache
def _shipped() -> dict[Scenario, CommsPlan]:
    """The shipped messages alone; they can't change while the program runs."""
    return comms_of(_files())


def _files() -> list[YamlFile]:
    return [read(path) for path in sorted(LIBRARY.glob("*.yaml"))]


def comms_from(text: str, name: str = "comms.yaml") -> CommsFile:
    """One file's content, checked. Raises BadInput with all faults."""
    return check(parse(text, name), CommsFile)


def comms_of(files: Iterable[YamlFile]) -> dict[Scenario, CommsPlan]:
    """Plans by scenario out of parsed files; what is for all comes first. Raises BadInput with all faults."""
    found: list[_Read] = []
    faults: list[str] = []
    for file in files:
        try:
            found.append((file, check(file, CommsFile)))
        except BadInput as error:
            faults.extend(error.faults)
    plans: dict[Scenario, CommsPlan] = {}
    for scenario in Scenario if not faults else ():
        plan, wrong = _plan(found, scenario)
        plans[scenario] = plan
        faults.extend(wrong)
    if faults:
        faults = list(dict.fromkeys(faults))
        raise BadInput.listing(faults)
    return plans


def _plan(files: list[_Read], scenario: Scenario) -> tuple[CommsPlan, list[str]]:
    chosen = [one for one in files if one[1].scenario == "all"] + [one for one in files if one[1].scenario == scenario]
    lines: dict[str, LineSpec] = {line.id: line for _, spec in chosen for line in spec.lines}
    faults = list(_say(chosen, lines))
    never = tuple(phrase for _, spec in chosen for phrase in spec.never_say)
    try:
        plan = CommsSpec(lines=tuple(lines.values()), never_say=never).plan
    except ValidationError as error:
        return CommsPlan(), [*faults, *(_of(scenario, *explain(dict(item))) for item in error.errors())]
    if lacking := PARTS - {line.part for line in plan.lines}:
        what = said("nothing is planned for {names} (H9.1)", names=", ".join(sorted(lacking)))
        faults.append(_of(scenario, what, said("add a line")))
    return plan, faults


def _say(chosen: list[_Read], lines: dict[str, LineSpec]) -> Iterator[str]:
    for file, spec in chosen:
        for line_id, words in spec.say.items():
            if line_id not in lines:
                yield file.fault(
                    ("say", line_id),
                    said("no such line"),
                    said("one of {names}", names=", ".join(lines) or said("none")),
                )
                continue
            try:
                lines[line_id] = words.on(lines[line_id])
            except ValidationError as error:
                yield from (file.fault(("say", line_id), *explain(dict(item))) for item in error.errors())


def _of(scenario: Scenario, what: Said, remedy: Said) -> Said:
    """A fault that all files of a scenario make together."""
    if not remedy:
        return said("{scenario}: {problem}", scenario=scenario.value, problem=what)
    return said("{scenario}: {problem} — {remedy}", scenario=scenario.value, problem=what, remedy=remedy)
