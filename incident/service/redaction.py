"""The one point through which everything about an incident leaves: page, API, message, report, export, log line.

Whoever is not in a restricted incident's audience sees its code name and nothing else.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from incident.domain.incident import Incident
from incident.domain.signal import Signal
from incident.domain.words import Scenario, Text


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a person's id (empty for a program or a shared channel) and their role."""

    person: str = ""
    role: str = "viewer"


PUBLIC = Viewer()
"""A shared channel, a log line, a metric: an outsider to every restricted incident."""


class Guarded(Protocol):
    """Anything with a restriction: an incident, or a row of the incident list."""

    @property
    def restricted(self) -> bool: ...
    @property
    def audience(self) -> tuple[str, ...]: ...


def may_see(guarded: Guarded, viewer: Viewer) -> bool:
    """True when the viewer may know more than the code name."""
    return not guarded.restricted or (viewer.person != "" and viewer.person in guarded.audience)


def is_restricted(signal: Signal) -> bool:
    """True for a signal whose incident would be restricted; other monitors name the scenario alone."""
    return signal.restricted or signal.scenario is Scenario.DATA_LEAK


@dataclass(frozen=True, slots=True)
class Face:
    """What everyone may see of an incident: all of it, or only the code name when ``hidden``."""

    id: str
    title: Text
    hidden: bool
    status: str
    level: int | None
    scenario: Scenario | None
    drill: bool


def face(incident: Incident, viewer: Viewer) -> Face:
    """The incident's face for this viewer. Hidden, it has neither level, scenario nor real title."""
    if may_see(incident, viewer):
        return Face(
            incident.id, incident.title, False, incident.status.value, incident.level, incident.scenario,
            incident.drill is not None,
        )  # fmt: skip
    return Face(incident.id, code_title(incident.code_name), True, "", None, None, incident.drill is not None)


def code_title(code_name: str) -> Text:
    """The only title outsiders see. A code name is stored as ``中文|English``."""
    zh, _, en = code_name.partition("|")
    return Text(zh=zh or "受限事件", en=en or zh or "Restricted incident")


_CODE_NAMES = (
    ("雪松", "Cedar"), ("海棠", "Begonia"), ("白鹭", "Egret"), ("青石", "Bluestone"), ("望舒", "Moonrise"),
    ("流云", "Drift"), ("翠竹", "Bamboo"), ("远山", "Highland"), ("银杏", "Ginkgo"), ("听涛", "Breaker"),
    ("墨兰", "Orchid"), ("朝露", "Dewdrop"), ("孤帆", "Sail"), ("清泉", "Spring"), ("落霞", "Sundown"),
    ("紫藤", "Wisteria"),
)  # fmt: skip


def code_name_for(incident_id: str) -> str:
    """An innocuous code name that follows from the incident's number alone, so that it tells nothing."""
    digits = int("".join(ch for ch in incident_id.rsplit("-", 1)[-1] if ch.isdigit()) or "0")
    zh, en = _CODE_NAMES[digits % len(_CODE_NAMES)]
    return f"{zh}{digits}|{en} {digits}"


def drill_mark(text: str, *, drill: bool, language: str) -> str:
    """``text`` with the drill mark in front when it belongs to a drill; never twice."""
    mark = "【演练】" if language.startswith("zh") else "DRILL "
    return f"{mark}{text}" if drill and not text.startswith(mark) else text


def masked(incident: Incident, viewer: Viewer) -> Incident:
    """The incident for a view that must not fail: the whole for insiders, an empty one with code name for others."""
    if may_see(incident, viewer):
        return incident
    return replace(
        Incident(), id=incident.id, title=code_title(incident.code_name), restricted=True, drill=incident.drill,
        code_name=incident.code_name,
    )  # fmt: skip
