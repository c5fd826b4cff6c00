"""Takes the manual steps of a CACAO 2.0 playbook as the tasks of a new playbook file. Runs nothing it reads."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from incident.domain.errors import BadInput
from incident.domain.said import Said, said
from playbooks.cacao import SPEC

MAX_BYTES = 2_000_000
MAX_STEPS = 500
_ID = re.compile(
    r"(?P<kind>[a-z][a-z0-9-]+)--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
_STEPS = {
    "start",
    "end",
    "action",
    "playbook-action",
    "parallel",
    "if-condition",
    "while-condition",
    "switch-condition",
}
_REQUIRED = ("type", "spec_version", "id", "name", "created_by", "created", "modified", "workflow_start", "workflow")
_NEXT = ("on_completion", "on_success", "on_failure", "on_true", "on_false")


@dataclass(frozen=True, slots=True)
class Step:
    """A manual step: what to do, by whom, after which steps. ``needs`` are ids of other steps in the answer."""

    id: str
    title: str
    detail: str
    agent: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a CACAO playbook asks people to do. ``left_out`` names steps that machines were to do."""

    name: str
    steps: tuple[Step, ...]
    left_out: tuple[str, ...]


def parse_cacao(text: str, name: str) -> dict[str, Any]:
    """The playbook object, held against the rules of the specification. Raises BadInput with every fault."""
    if len(text) > MAX_BYTES:
        what = said("larger than {most} characters", most=MAX_BYTES)
        raise BadInput.at(name, what, remedy=said("split the playbook"))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise BadInput.at(name, said("not JSON"), line=line, remedy=said("export it again as CACAO 2.0 JSON")) from None
    faults = tuple(said("{file}: {problem}", file=name, problem=fault) for fault in violations(found))
    if faults:
        raise BadInput.listing(faults)
    playbook: dict[str, Any] = found
    return playbook


def violations(found: Any) -> Iterator[Said]:
    """Where an object breaks the rules of CACAO 2.0 that we rely on: required properties, ids, step types, pointers."""
    if not isinstance(found, dict):
        yield said("is no JSON object — export it again")
        return
    absent = said("is missing — the specification requires it")
    yield from (_at(field, absent) for field in _REQUIRED if field not in found)
    if found.get("type") != "playbook" or found.get("spec_version") != SPEC:
        yield _at("spec_version", said("is not {version} — export it in that version", version=SPEC))
    for field, kind in (("id", "playbook"), ("created_by", "identity"), ("workflow_start", "start")):
        if field in found and _kind(found[field]) != kind:
            yield _at(field, said("is no {kind}-- identifier", kind=kind))
    workflow = found.get("workflow")
    if not isinstance(workflow, dict) or len(workflow) > MAX_STEPS:
        yield _at("workflow", said("is no object of at most {most} steps", most=MAX_STEPS))
        return
    if found.get("workflow_start") not in workflow:
        yield _at("workflow_start", said("is no step of the workflow"))
    for key, step in workflow.items():
        yield from _step_violations(key, step, found, workflow)


def _step_violations(key: str, step: Any, found: dict[str, Any], workflow: dict[str, Any]) -> Iterator[Said]:
    here = f"workflow.{key}"
    if not isinstance(step, dict) or step.get("type") not in _STEPS:
        yield _at(here, said("is no step of a known type"))
        return
    if _kind(key) != step["type"]:
        yield _at(here, said("the identifier does not begin with {kind}--", kind=step["type"]))
    for target in _following(step):
        if target not in workflow:
            yield _at(here, said("leads to {target}, which is no step", target=target))
    if "on_completion" in step and ("on_success" in step or "on_failure" in step):
        yield _at(here, said("has on_completion beside on_success or on_failure"))
    if step["type"] == "action":
        if not isinstance(step.get("commands"), list) or not step["commands"]:
            yield _at(here, said("an action needs commands"))
        agents = found.get("agent_definitions")
        if "agent" in step and step["agent"] not in (agents if isinstance(agents, dict) else {}):
            yield _at(here, said("its agent is not defined"))


def _at(field: str, problem: Said) -> Said:
    return said("{field}: {problem}", field=field, problem=problem)


def manual_steps(playbook: dict[str, Any]) -> Imported:
    """What people are to do, in the order the steps are reached. ``playbook`` has passed ``parse_cacao``."""
    workflow: dict[str, Any] = playbook["workflow"]
    agents = playbook.get("agent_definitions") or {}
    steps: list[Step] = []
    left_out: list[str] = []
    ids: dict[str, str] = {}
    for key, waits in _reached(workflow, playbook["workflow_start"]):
        step = workflow[key]
        if step["type"] != "action":
            continue
        words = [_words(c) for c in step["commands"] if isinstance(c, dict) and c.get("type") == "manual"]
        if not any(words):
            left_out.append(str(step.get("name") or key))
            continue
        title = str(step.get("name") or words[0].partition("\n")[0]).strip()[:200]
        ids[key] = _unique(title, set(ids.values()))
        agent = agents.get(step.get("agent"), {})
        detail = str(step.get("description") or "\n".join(words)).strip()
        needs = tuple(ids[w] for w in waits if w in ids)
        steps.append(Step(ids[key], title, "" if detail == title else detail, str(agent.get("name") or ""), needs))
    return Imported(str(playbook["name"]), tuple(steps), tuple(left_out))


def _reached(workflow: dict[str, Any], start: str) -> list[tuple[str, tuple[str, ...]]]:
    """Steps by breadth from the start, each with the action steps right before it; loops are walked once."""
    found: dict[str, tuple[str, ...]] = {}
    queue: list[tuple[str, tuple[str, ...]]] = [(start, ())]
    while queue:
        key, waits = queue.pop(0)
        if key in found or key not in workflow:
            continue
        found[key] = waits
        step = workflow[key]
        branches = [b for b in step.get("next_steps", ()) if isinstance(b, str)]
        queue.extend((branch, waits) for branch in branches)
        own = (key,) if step["type"] == "action" else tuple(branches) or waits
        queue.extend((target, own) for target in _following(step) if target not in branches)
    return list(found.items())


def _following(step: dict[str, Any]) -> list[str]:
    cases = step.get("cases")
    listed = [t for t in step.get("next_steps") or () if isinstance(t, str)]
    listed += [t for t in (cases.values() if isinstance(cases, dict) else ()) if isinstance(t, str)]
    return [*(step[field] for field in _NEXT if isinstance(step.get(field), str)), *listed]


def _words(command: dict[str, Any]) -> str:
    if isinstance(command.get("command"), str):
        return str(command["command"]).strip()
    try:
        return base64.b64decode(str(command.get("command_b64", "")), validate=True).decode("utf-8").strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _unique(title: str, taken: set[str]) -> str:
    word = "_".join(re.findall(r"[a-z0-9]+", title.lower()))[:40].strip("_")
    base = word if word[:1].isalpha() else "step"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def _kind(value: object) -> str:
    match = _ID.fullmatch(value) if isinstance(value, str) else None
    return match["kind"] if match else ""
