"""Checks playbook files for their author: every fault of every file, and what is unwise, in one go. Runs nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from incident.domain.errors import BadInput
from incident.domain.roster import Roster
from incident.domain.said import said
from incident.yamlfile import read
from playbooks.advice import paper_advice, staffing_advice, staffing_faults
from playbooks.clockbook.book import load_book
from playbooks.command import command_faults
from playbooks.loader import Loaded, clash_faults, load_file, playbook_files
from playbooks.materials import load_stock


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. ``faults`` keep a playbook from running, ``advice`` does not."""

    files: tuple[Path, ...]
    faults: tuple[str, ...]
    advice: tuple[str, ...]


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(playbook_files(path))


def _nothing_in(folder: Path) -> BadInput:
    return BadInput.at(folder, said("no playbook in this folder"), remedy=said("name a file"))


def check_files(
    paths: Iterable[Path], now: datetime, roster: Roster | None = None, home: Path | None = None
) -> Checked:
    """Check files, and all files in directories. With a roster, also who would hold what at ``now``.

    ``home`` is where the user's own clock book and materials are.
    """
    paths = tuple(paths)
    files = tuple(file for path in paths for file in (playbook_files(path) if path.is_dir() else [path]))
    faults: list[str] = [_nothing_in(path).whole for path in paths if _is_empty(path)]
    advice: list[str] = []
    loaded: list[Loaded] = []
    for path in files:
        try:
            one = load_file(path, roster)
        except BadInput as error:
            faults.extend(error.told)
            continue
        loaded.append(one)
    if loaded:  # a file that can't be read at all is answered for without the book and the store
        book = load_book(home / "clockbook" if home else None)
        items = load_stock(home / "materials.yaml" if home else None)
    for one in loaded:
        file = read(one.path)
        faults.extend(command_faults(file, one.spec, book, items))
        advice.extend(paper_advice(file, one.spec, now))
        if roster is not None:
            faults.extend(staffing_faults(file, one.plan, roster, now))
            advice.extend(staffing_advice(file, one.plan, roster, now))
    faults.extend(clash_faults(loaded))
    return Checked(files, tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(advice)))
