"""New playbook files: from the blank template, from a playbook that is there, or from somebody's CACAO steps."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import yaml

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.words import Scenario
from playbooks.cacao_import import Imported
from playbooks.loader import LIBRARY

BLANK = LIBRARY / "templates" / "blank.yaml"
_TOP = {name: re.compile(rf"^{name}:.*$", re.MULTILINE) for name in ("id", "version", "scenario")}
_APPROVED_ON = re.compile(r"^(approved:.*\bon: *)[0-9-]+", re.MULTILINE)


def new_playbook(playbook: str, made: date, scenario: Scenario | None = None, source: Path = BLANK) -> str:
    """The text of a new playbook file: ``source`` with another id, version 0.1.0 and, if given, another scenario.

    Until somebody approves it, the day it was ``made`` stands there: its review is counted from then. Comments stay.
    Raises BadInput for an id that can't be one.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", playbook) or len(playbook) > 60:
        raise BadInput(
            said("'{playbook}' is no id", playbook=playbook[:60]),
            remedy="use small letters and digits, with - or _ between words",
        )
    text = _TOP["id"].sub(f"id: {playbook}", source.read_text("utf-8"), count=1)
    text = _TOP["version"].sub("version: 0.1.0", text, count=1)
    text = _APPROVED_ON.sub(rf"\g<1>{made.isoformat()}", text, count=1)
    if scenario is not None:
        before = _TOP["scenario"].search(text)
        was = before[0].partition(":")[2].strip() if before else ""
        text = _TOP["scenario"].sub(f"scenario: {scenario.value}", text, count=1)
        text = text.replace(f"- signal: {{scenario: {was}}}", f"- signal: {{scenario: {scenario.value}}}", 1)
    return text


def imported_playbook(found: Imported, playbook: str, made: date, owner: str, backup: str) -> str:
    """A draft with the steps as tasks of the response phase, after ``judge``; ``check`` then tells what to translate.

    ``owner`` and ``backup`` are the positions that do steps of agents the roster doesn't know.
    """
    blank = new_playbook(playbook, made)
    head, _, rest = blank.partition("      - id: notice\n")
    tail = rest[rest.index("      - id: resolve\n") :]
    return head + _as_yaml(found, owner, backup) + tail


def _as_yaml(found: Imported, owner: str, backup: str) -> str:
    tasks: list[dict[str, object]] = []
    for step in found.steps:
        task: dict[str, object] = {
            "id": f"cacao_{step.id}",
            "do": {"zh": step.title, "en": step.title},
            "owner": owner,
            "backup": backup,
            "needs": _needs(step.needs),
            "due": {"from": "opened", "in": "4h"},
            "source": ["P4.3"],
        }
        if step.detail:
            task["detail"] = {"zh": step.detail, "en": step.detail}
        tasks.append(task)
    if not tasks:
        return ""
    text = yaml.safe_dump(tasks, allow_unicode=True, sort_keys=False, width=110)
    return "".join(f"      {line}\n" for line in text.splitlines())


def _needs(steps: Sequence[str]) -> list[str]:
    return [f"cacao_{need}" for need in steps] or ["judge"]
