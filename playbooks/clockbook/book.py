"""Reads the clock book: the shipped pages and the user's own, whose clocks win. All faults are told at once."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from incident.domain.crisis_plan import ClockTerms, Limit
from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.yamlfile import YamlFile, check, parse, read
from playbooks.clockbook.schema import ClockUse, Page, terms_of

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True)
class Book:
    """All clocks by id, as terms without an owner."""

    clocks: Mapping[str, ClockTerms]

    def terms(self, use: ClockUse) -> ClockTerms:
        """The terms of a clock as a playbook uses it. Raises BadInput for a clock the book doesn't have."""
        known = self.clocks.get(use.use)
        if known is None:
            raise BadInput(
                said("clock: '{use}' is not in the clock book", use=use.use), remedy="see: tocsin clock list"
            )
        limits = known.limits
        if use.in_ is not None:
            unit, amount = use.in_
            limits = (replace(limits[0], unit=unit, amount=amount), *limits[1:])
            if unit == "business_days" and not known.calendar:
                raise BadInput(
                    said("clock: '{use}' has no calendar for business days", use=use.use), remedy="give its page one"
                )
        return replace(
            known, limits=limits, owner=use.owner, backup=use.backup, from_level=use.from_level,
            target=use.target or known.target,
        )  # fmt: skip


def load_book(own: Path | None = None) -> Book:
    """The shipped pages and those in ``own`` (a directory that may be missing). Raises one BadInput with all faults."""
    if own is None or not own.is_dir():
        return _shipped()
    return book_of([*_pages(), *(read(path) for path in sorted(own.glob("*.y*ml")))])


@cache
def _shipped() -> Book:
    """The shipped book alone; it can't change while the program runs."""
    return book_of(_pages())


def _pages() -> list[YamlFile]:
    return [read(path) for path in sorted(PAGES.glob("*.yaml"))]


def book_of(files: Iterable[YamlFile]) -> Book:
    """The book made of parsed pages; a later page's clock replaces an earlier one's. Raises BadInput."""
    clocks: dict[str, ClockTerms] = {}
    checked: list[tuple[YamlFile, Page]] = []
    faults: list[str] = []
    for file in files:
        try:
            page = check(file, Page)
        except BadInput as error:
            faults.extend(error.faults)
            continue
        checked.append((file, page))
        stamp = hashlib.sha256(repr(file.data).encode()).hexdigest()[:12]
        for spec in page.clocks:
            clocks[spec.id] = replace(terms_of(page, spec), rule=f"{Path(file.name).stem}/{spec.id}@{stamp}")
    for file, page in checked:
        faults.extend(_faults(file, page, clocks))
    if faults:
        raise BadInput.listing(faults)
    return Book(clocks)


def book_from(text: str, name: str = "clockbook.yaml") -> Book:
    """A book of one page. Raises BadInput with all faults."""
    return book_of([parse(text, name)])


def _faults(file: YamlFile, page: Page, clocks: Mapping[str, ClockTerms]) -> Iterator[str]:
    seen: set[str] = set()
    for n, spec in enumerate(page.clocks):
        at: tuple[int | str, ...] = ("clocks", n)
        terms = clocks[spec.id]
        if spec.id in seen:
            yield file.fault((*at, "id"), said("'{id}' stands here twice", id=spec.id), said("use another id"))
        seen.add(spec.id)
        for name in spec.questions:
            if name not in page.questions:
                yield file.fault(
                    (*at, "questions"), said("unknown question '{name}'", name=name), said("write it under questions")
                )
        if any(limit.unit == "business_days" for limit in terms.limits) and not page.calendar:
            yield file.fault(
                (*at, "limits"), said("business days without a calendar"), said("give the page one, such as CN")
            )
        if terms.immediate and spec.target is None:
            yield file.fault(
                at, said("says immediately without a target"), said("add the house's own limit, such as target: 4h")
            )
        for m, limit in enumerate(terms.limits):
            if limit.after and limit.after not in clocks:
                yield file.fault(
                    (*at, "limits", m, "after"),
                    said("unknown clock '{after}'", after=limit.after),
                    said("use an id of the book"),
                )
        if _circle(terms, clocks):
            yield file.fault((*at, "limits"), said("waits for itself"), said("break the circle of 'after'"))


def _circle(terms: ClockTerms, clocks: Mapping[str, ClockTerms]) -> bool:
    todo, seen = [*_before(terms.limits)], set[str]()
    while todo:
        name = todo.pop()
        if name == terms.id:
            return True
        if name not in seen and name in clocks:
            seen.add(name)
            todo.extend(_before(clocks[name].limits))
    return False


def _before(limits: Iterable[Limit]) -> Iterator[str]:
    return (limit.after for limit in limits if limit.after)
