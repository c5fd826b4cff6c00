"""Reads playbook files: the shipped library and the user's directory, whose files win.

All faults of all files are told at once, each with file, line and remedy. The hash of a plan is the SHA-256 of its
file's text, so that a running incident can prove by which words it was run.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from incident.domain.errors import BadInput
from incident.domain.plan import Plan
from incident.domain.roster import Roster
from incident.domain.said import said
from incident.domain.words import Scenario
from incident.yamlfile import YamlFile, check, parse, text_of
from playbooks.lint import lint, never_free
from playbooks.raw import raw_tasks
from playbooks.schema import MAX_TASKS, Part, Playbook

MAX_BYTES = 300_000
"""Ten times the longest shipped playbook; keeps checking quick on a hostile file."""
LIBRARY = Path(__file__).parent / "library"
"""The five playbooks that come with Tocsin."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A playbook that passed: its file, what the file says (owner, approval, review), and the plan to run by."""

    path: Path
    spec: Playbook
    plan: Plan


def load_file(path: Path, roster: Roster | None = None) -> Loaded:
    """Read one playbook. With a roster, positions that nobody holds are faults. Raises BadInput with all faults.

    The parts it calls are looked for in the folder ``parts`` beside it, then among the shipped ones.
    """
    text = text_of(path, MAX_BYTES)
    parts = _parts(path.parent)
    return _load_text(path, text, None if roster is None else frozenset(roster.positions), tuple(parts.values()))


@lru_cache(maxsize=64)
def _load_text(path: Path, text: str, positions: frozenset[str] | None, parts: tuple["_LoadedPart", ...]) -> Loaded:
    # What a file says depends on these alone. Every fast drill and every demo builds a system of its own from them.
    file, known = parse(text, str(path)), {part.spec.id: part for part in parts}
    # A file with far too many tasks is not worth explaining task by task.
    spec, faults = _validate(file) if len(raw_tasks(file)) <= MAX_TASKS else (None, ())
    faults += tuple(lint(file, positions, {i: p.spec for i, p in known.items()}))
    plan = None
    if spec and not faults:
        called = [known[i] for i in sorted({t.call for phase in spec.phases for t in phase.tasks if t.call})]
        whole = _digest("".join((_digest(text), *(p.digest for p in called))))
        plan = spec.plan(whole if called else _digest(text), {p.spec.id: p.spec for p in called})
    faults += tuple(never_free(file, plan)) if plan else ()
    if faults or spec is None or plan is None:
        faults = tuple(sorted(dict.fromkeys(faults), key=_line))
        raise BadInput.listing(faults)
    return Loaded(path, spec, plan)


def load(user: Path | None = None, roster: Roster | None = None) -> dict[str, Loaded]:
    """All playbooks by id: the shipped ones and those in ``user``; a user's file replaces the shipped one.

    It replaces by id, and by scenario: two playbooks for one scenario can't both run. A missing or empty directory
    adds nothing. Raises one BadInput that lists the faults of all files.
    """
    own, faults = _load_all(sorted(_yaml_files(user)) if user else (), roster)
    taken = {one.spec.id for one in own.values()} | {one.spec.scenario for one in own.values() if not _special(one)}
    shipped, shipped_faults = _load_all(sorted(_yaml_files(LIBRARY)), roster, leave_out=taken)
    if faults := (*faults, *shipped_faults):
        raise BadInput.listing(faults)
    return {**shipped, **own}


def faults_of(paths: Iterable[Path], roster: Roster | None = None) -> tuple[str, ...]:
    """Every fault of these files (and of the files in these directories); empty when all is well."""
    files = [file for path in paths for file in (sorted(_yaml_files(path)) if path.is_dir() else [path])]
    return _load_all(files, roster)[1]


def playbook_files(directory: Path) -> list[Path]:
    """The playbook files of a directory, by name."""
    return sorted(_yaml_files(directory))


def clash_faults(loaded: Iterable[Loaded]) -> Iterator[str]:
    """Playbooks that can't run side by side: one id twice, one scenario twice."""
    seen: list[Loaded] = []
    for one in loaded:
        if clash := _clash(one, seen):
            yield clash
        seen.append(one)


def by_scenario(loaded: Mapping[str, Loaded]) -> dict[Scenario, Plan]:
    """The plans as the engine wants them: one for each scenario."""
    return {one.plan.scenario: one.plan for one in loaded.values() if not _special(one)}


def singled_out(loaded: Mapping[str, Loaded]) -> tuple[Plan, ...]:
    """The plans whose triggers single out some incidents of their scenario; the engine tries these first."""
    return tuple(one.plan for one in loaded.values() if _special(one))


def _yaml_files(directory: Path) -> Iterable[Path]:
    return (p for p in directory.glob("*") if p.suffix in {".yaml", ".yml"} and p.is_file())


def _load_all(
    paths: Iterable[Path], roster: Roster | None, leave_out: Iterable[str] = ()
) -> tuple[dict[str, Loaded], tuple[str, ...]]:
    found: dict[str, Loaded] = {}
    faults: list[str] = []
    skip = set(leave_out)
    for path in paths:
        if path.stem in skip:
            continue  # replaced by the user's file: its positions need not be on the user's roster
        try:
            one = load_file(path, roster)
        except BadInput as error:
            faults.extend(error.told)
            continue
        if clash := _clash(one, found.values()):
            faults.append(clash)
        found.setdefault(one.spec.id, one)
    return found, tuple(faults)


def _clash(one: Loaded, others: Iterable[Loaded]) -> str:
    for other in others:
        if other.spec.id == one.spec.id:
            what = said("'{id}' is the id of {file} too", id=one.spec.id, file=other.path)
            return YamlFile(str(one.path), None).fault(("id",), what, said("give one another id"))
        if other.spec.scenario == one.spec.scenario and not (_special(one) or _special(other)):
            what = said("{file} is for '{scenario}' too", file=other.path, scenario=one.spec.scenario)
            return YamlFile(str(one.path), None).fault(("scenario",), what, said("keep one of the two"))
    return ""


def _special(one: Loaded) -> bool:
    """Whether its triggers single out some of the scenario's incidents: by rule, labels or a condition."""
    triggers = one.spec.triggers
    narrow = (t.when or (t.signal and (t.signal.rule or t.signal.labels)) for t in triggers)
    return one.spec.id != one.spec.scenario and bool(triggers) and all(narrow)


@dataclass(frozen=True, slots=True)
class _LoadedPart:
    spec: Part = field(compare=False)
    path: Path
    digest: str


def _parts(folder: Path) -> dict[str, _LoadedPart]:
    """The parts that a playbook in ``folder`` may call, by id; a folder's own come before the shipped ones."""
    return {**_parts_in(LIBRARY / "parts"), **_parts_in(folder / "parts")}


def _parts_in(folder: Path) -> dict[str, _LoadedPart]:
    parts = (_part(path, text_of(path, MAX_BYTES)) for path in sorted(_yaml_files(folder)))
    return {part.spec.id: part for part in parts}


@lru_cache(maxsize=64)
def _part(path: Path, text: str) -> _LoadedPart:
    return _LoadedPart(check(parse(text, str(path)), Part), path, _digest(text))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _validate(file: YamlFile) -> tuple[Playbook | None, tuple[str, ...]]:
    try:
        return check(file, Playbook), ()
    except BadInput as error:
        return None, error.faults


def _line(fault: str) -> int:
    """The line a fault is on; the path before it may hold colons."""
    numbers = (part for part in fault.split(": ", 1)[0].rsplit(":", 1) if part.isdigit())
    return int(next(numbers, "0"))
