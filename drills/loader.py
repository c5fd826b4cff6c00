"""Reads drill files: the shipped library and the user's directory, whose files win by id.

All faults of all files are told at once, each with file, line and remedy.
"""

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drills.schema import Drill
from incident.domain.errors import BadInput
from incident.domain.plan import Plan
from incident.domain.roster import Roster
from incident.domain.said import said
from incident.domain.words import Scenario
from incident.intake.catalogue import check as check_event
from incident.intake.results import BadItem
from incident.yamlfile import YamlFile, check, read

LIBRARY = Path(__file__).parent / "library"
"""The drills that come with Tocsin."""

Plans = Mapping[Scenario, Plan]
_Path = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A drill that passed: its file, what it says, the same as plain data, and the SHA-256 of that data.

    A run keeps the plain data, so that editing the file never changes a drill that is under way.
    """

    path: Path
    spec: Drill
    data: dict[str, Any]

    @property
    def hash(self) -> str:
        """By which words the drill was run."""
        return hashlib.sha256(json.dumps(self.data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def load_file(path: Path, plans: Plans | None = None, roster: Roster | None = None) -> Loaded:
    """Read one drill. With plans and roster, tasks and positions nobody knows are faults. Raises BadInput."""
    file = read(path)
    spec = check(file, Drill)
    faults = tuple(dict.fromkeys(_lint(file, spec, plans, roster)))
    if faults:
        raise BadInput.listing(faults)
    return Loaded(path, spec, file.data)


@dataclass(frozen=True, slots=True)
class Drills:
    """The drills in use by id; ``left_out`` says which shipped ones don't fit this installation, and why."""

    all: dict[str, Loaded]
    left_out: tuple[str, ...] = ()

    def get(self, drill_id: str) -> Loaded:
        """The drill of that id. Raises BadInput with the nearest name."""
        if drill_id not in self.all:
            close = difflib.get_close_matches(drill_id, self.all, n=1)
            remedy = said("did you mean '{name}'?", name=close[0]) if close else "see: tocsin drill list"
            raise BadInput(said("There is no drill '{drill}'", drill=drill_id), remedy=remedy)
        return self.all[drill_id]


def load(user: Path | None = None, plans: Plans | None = None, roster: Roster | None = None) -> Drills:
    """The shipped drills and those in ``user``, which replace shipped ones of the same id.

    Raises one BadInput that lists the faults of all files in ``user``. A shipped drill that does not fit own
    playbooks or people is left out: it is no fault of theirs.
    """
    own, faults = _load_all(_files(user) if user else (), plans, roster)
    if faults:
        raise BadInput.listing(faults)
    shipped, left_out = _load_all((p for p in _files(LIBRARY) if p.stem not in own), plans, roster)
    return Drills({**shipped, **own}, left_out)


def _files(directory: Path) -> list[Path]:
    return sorted(p for p in directory.glob("*") if p.suffix in {".yaml", ".yml"} and p.is_file())


def _load_all(
    paths: Iterable[Path], plans: Plans | None, roster: Roster | None
) -> tuple[dict[str, Loaded], tuple[str, ...]]:
    found: dict[str, Loaded] = {}
    faults: list[str] = []
    for path in paths:
        try:
            one = load_file(path, plans, roster)
        except BadInput as error:
            faults.extend(error.told)
            continue
        if one.spec.id in found:
            other = found[one.spec.id].path
            what = said("'{id}' is the id of {file} too", id=one.spec.id, file=other)
            faults.append(YamlFile(str(path), None).fault(("id",), what, said("give one another id")))
        found.setdefault(one.spec.id, one)
    return found, tuple(faults)


def _lint(file: YamlFile, spec: Drill, plans: Plans | None, roster: Roster | None) -> Iterator[str]:
    yield from _twice(file, "objectives", [objective.id for objective in spec.objectives])
    yield from _twice(file, "injects", [inject.id for inject in spec.injects])
    yield from _events(file, spec)
    yield from _times(file, spec)
    objectives, injects = {o.id for o in spec.objectives}, {i.id for i in spec.injects}
    for path, name in _objective_refs(spec):
        if name not in objectives:
            yield file.fault(
                path,
                said("there is no objective '{name}'", name=name),
                said("use one of {names}", names=", ".join(sorted(objectives))),
            )
    for number, objective in enumerate(spec.objectives):
        after = objective.target.after
        if after and after not in injects:
            where: _Path = ("objectives", number, "target", "after")
            yield file.fault(
                where, said("there is no inject '{after}'", after=after), said("name an inject of this drill")
            )
    if plans is not None and (plan := plans.get(spec.scenario)):
        for path, task in _task_refs(spec):
            if plan.task(task) is None:
                yield file.fault(
                    path,
                    said("playbook '{plan}' has no task '{task}'", plan=plan.id, task=task),
                    said("see: tocsin playbook show"),
                )
    if roster is not None:
        for path, position in _position_refs(spec):
            if position not in roster.positions:
                yield file.fault(
                    path,
                    said("there is no position '{position}'", position=position),
                    said("positions are listed in people.yaml"),
                )


def _twice(file: YamlFile, where: str, ids: list[str]) -> Iterator[str]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield file.fault(
                (where, number, "id"), said("'{id}' stands here twice", id=name), said("give one another id")
            )


def _events(file: YamlFile, spec: Drill) -> Iterator[str]:
    for number, inject in enumerate(spec.injects):
        if inject.event:
            try:
                check_event(inject.event.type, inject.event.data)
            except BadItem as error:
                what = said("does not fit its type")
                if error.detail:
                    what = said("does not fit its type: {why}", why=error.detail)
                yield file.fault(("injects", number, "event", "data"), what, said("see docs/events.md"))


def _times(file: YamlFile, spec: Drill) -> Iterator[str]:
    for number, inject in enumerate(spec.injects):
        if inject.at + inject.every * (inject.times - 1) >= spec.length:
            yield file.fault(
                ("injects", number, "at"), said("comes when the drill is over"), said("make the drill longer")
            )


def _objective_refs(spec: Drill) -> Iterator[tuple[_Path, str]]:
    for number, inject in enumerate(spec.injects):
        for name in inject.serves:
            yield ("injects", number, "for"), name
    for number, role in enumerate(spec.roles):
        for name in role.watches:
            yield ("roles", number, "watches"), name


def _task_refs(spec: Drill) -> Iterator[tuple[_Path, str]]:
    for number, objective in enumerate(spec.objectives):
        if objective.target.task:
            yield ("objectives", number, "target", "task"), objective.target.task
    for number, inject in enumerate(spec.injects):
        if inject.expect and inject.expect.task:
            yield ("injects", number, "expect", "task"), inject.expect.task
        if inject.unless and inject.unless.task:
            yield ("injects", number, "unless", "task"), inject.unless.task
    for name in spec.script.tasks:
        if name != "default":
            yield ("script", "tasks", name), name


def _position_refs(spec: Drill) -> Iterator[tuple[_Path, str]]:
    for number, inject in enumerate(spec.injects):
        if inject.to:
            yield ("injects", number, "to"), inject.to
        if inject.report:
            yield ("injects", number, "report", "by"), inject.report.by
        if inject.expect and inject.expect.page:
            yield ("injects", number, "expect", "page"), inject.expect.page
    for number, role in enumerate(spec.roles):
        yield ("roles", number, "position"), role.position
    for name in spec.script.ack:
        if name != "default":
            yield ("script", "ack", name), name
