"""Faults of conditions: each is compiled and checked against the facts, tasks and anchors of its file."""

from collections.abc import Iterator, Mapping
from typing import Any

from incident.domain.plan import ANCHORS
from incident.domain.said import Said, reason, said
from incident.domain.words import Group
from incident.yamlfile import YamlFile
from playbooks.condition import Comparison, Condition, compile_condition
from playbooks.facts import PLAIN
from playbooks.raw import Path, RawTask, as_dict, as_list, did_you_mean, level_rows, section
from playbooks.schema_tasks import Part

_KINDS = {"bool": "bool", "tribool": "bool", "number": "number", "text": "text", "choice": "text"}
"""What a fact of a type may be compared with when the other side is written out."""
_COMPARE_WITH = {
    "bool": said("compare it with yes or no"),
    "number": said("compare it with a number"),
    "text": said("compare it with a text in quotes"),
}
_SAMPLES: dict[str, Any] = {
    "bool": True, "tribool": True, "number": 1.0, "text": "x", "choice": "x", "list": ["x"], "datetime": None,
}  # fmt: skip
_TABLE_SAMPLES: dict[str, Any] = {
    "done": True, "overdue": True, "known": True, "quorum": True, "chosen": "x", "labels": "x", "minutes": 1.0,
}  # fmt: skip


def condition_faults(file: YamlFile, tasks: list[RawTask], parts: Mapping[str, Part]) -> Iterator[str]:
    """All faults of the file's conditions, and facts that no condition uses in vain: their types and answers."""
    known = _Known(file, tasks, parts)
    for path, source in conditions(file, tasks):
        try:
            condition = compile_condition(source)
        except ValueError as error:
            yield file.fault(path, reason(error))
            continue
        for what, remedy in known.faults(condition):
            yield file.fault(path, what, remedy)


def conditions(file: YamlFile, tasks: list[RawTask]) -> Iterator[tuple[Path, str]]:
    """Every condition of a file with its place."""
    places: list[tuple[Path, Any]] = [((*path, "when"), row.get("when")) for path, _, row in level_rows(file)]
    for number, phase in enumerate(as_list(section(file, "phases"))):
        places += [(("phases", number, gate), as_dict(phase).get(gate)) for gate in ("entry", "exit")]
    places += [((*task.path, "when"), task.fields.get("when")) for task in tasks]
    rows: dict[Path, Any] = {
        ("triggers",): section(file, "triggers"),
        ("start_playbook",): section(file, "start_playbook"),
        ("end", "criteria"): as_dict(section(file, "end")).get("criteria"),
    }
    for path, found in rows.items():
        places += [((*path, number, "when"), as_dict(row).get("when")) for number, row in enumerate(as_list(found))]
    yield from ((path, text.strip()) for path, text in places if isinstance(text, str) and text.strip())


class _Known:
    """What may be named in this file's conditions."""

    def __init__(self, file: YamlFile, tasks: list[RawTask], parts: Mapping[str, Part]) -> None:
        self._vars = {n: as_dict(v) for n, v in as_dict(section(file, "vars")).items() if isinstance(n, str)}
        self._types = {n: kind for n, (kind, _) in PLAIN.items()}
        self._types |= {n: str(v.get("type")) for n, v in self._vars.items()}
        called = {t.id: parts[t.text("call")] for t in tasks if t.text("call") in parts}
        ids = [t.id for t in tasks] + [f"{i}.{t.id}" for i, part in called.items() for t in part.tasks]
        anchors = (*ANCHORS, *(a for a in as_list(section(file, "anchors")) if isinstance(a, str)))
        self._entries: dict[str, tuple[str, ...]] = {
            "done": tuple(ids), "overdue": tuple(ids), "chosen": tuple(ids), "known": tuple(self._vars),
            "minutes": anchors, "quorum": tuple(Group),
        }  # fmt: skip
        self._options = {t.id: _option_ids(t) for t in tasks}

    def faults(self, condition: Condition) -> Iterator[tuple[Said, Said]]:
        """(what, remedy) of one condition."""
        unknown = list(self._unknown(condition))
        yield from unknown
        for comparison in condition.comparisons:
            yield from self._misfit(comparison)
        for table, name in sorted(condition.entries):
            timed = [c for c in condition.comparisons if c.name == f"{table}.{name}"]
            if table == "minutes" and not any(c.sign in {">=", "<"} and c.kind == "number" for c in timed):
                what = said("minutes.{name} can only be compared by >= or < with a number", name=name)
                yield what, said("write {word}", word=f"minutes.{name} >= 30")
        if not unknown:
            yield from self._not_yes_or_no(condition)

    def _unknown(self, condition: Condition) -> Iterator[tuple[Said, Said]]:
        for name in sorted(condition.facts - self._types.keys()):
            remedy = did_you_mean(name, self._types.keys(), said("declare it under vars"))
            yield said("there is no fact '{fact}'", fact=name), remedy
        for table, name in sorted(condition.entries):
            entries = self._entries.get(table)
            if entries is not None and name not in entries:
                remedy = did_you_mean(name, entries, said("one of {names}", names=", ".join(entries) or said("none")))
                yield said("{table}.{name}: there is no '{name}'", table=table, name=name), remedy

    def _misfit(self, comparison: Comparison) -> Iterator[tuple[Said, Said]]:
        table, _, name = comparison.name.partition(".")
        kind = self._types.get(comparison.name, "") if not name else ""
        wanted = _KINDS.get(kind) if not name else {"minutes": "number", "chosen": "text", "labels": "text"}.get(table)
        if wanted and comparison.kind != wanted:
            what = said("{name} can't be compared with '{value}'", name=comparison.name, value=comparison.value)
            yield what, _COMPARE_WITH[wanted]
            return
        answers = as_list(self._vars[comparison.name].get("options")) if kind == "choice" else None
        answers = self._options.get(name) if table == "chosen" else answers
        if answers and comparison.value not in answers:
            remedy = did_you_mean(comparison.value, answers, said("one of {names}", names=", ".join(map(str, answers))))
            yield said("{name} is never '{value}'", name=comparison.name, value=comparison.value), remedy

    def _not_yes_or_no(self, condition: Condition) -> Iterator[tuple[Said, Said]]:
        values: dict[str, Any] = {n: _SAMPLES.get(self._types[n]) for n in condition.facts}
        for table, name in condition.entries:
            values.setdefault(table, {})[name] = _TABLE_SAMPLES[table]
        dated = any(self._types[n] == "datetime" for n in condition.facts)
        if not dated and condition.read(values).value == "unknown":
            what = said("is neither yes nor no whatever the facts are")
            yield what, said("compare facts of one type, e.g. affected_pct >= 50")
        if not condition.facts and not condition.entries and condition.read({}).value == "no":
            yield said("can never be met"), said("take the condition out, or name a fact in it")


def _option_ids(task: RawTask) -> list[str]:
    return [str(as_dict(option).get("id")) for option in as_list(task.fields.get("options"))]
