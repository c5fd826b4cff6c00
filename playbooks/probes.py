"""Probes: facts that machines know. ``probes.yaml`` says where a fact stands in another system's JSON answer.

Pure but for ``load_probes``; who asks the other system is elsewhere. A probe that fails tells nothing: the fact stays
unknown and people are asked, as for any other. What a person has said stands: no probe overrides it.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from incident.domain.errors import BadInput
from incident.domain.events import FactSet
from incident.domain.facts import canonical
from incident.domain.incident import Incident
from incident.domain.said import said
from incident.service.roster_file import Duration
from incident.yamlfile import Strict, load
from playbooks.types import FactName, Id

LEAST = timedelta(seconds=5)
Where = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}(\.[A-Za-z0-9_-]{1,100}){0,20}$")]


class ProbeSpec(Strict):
    """One probe: the fact it tells, whom it asks, where in the answer the value stands, how often."""

    id: Id
    fact: FactName
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S{1,2000}$")]
    value: Where
    every: Duration = timedelta(minutes=1)
    timeout: Duration = timedelta(seconds=5)
    token_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")] | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "ProbeSpec":
        if self.every < LEAST or self.timeout > timedelta(seconds=60):
            raise ValueError("every is less than 5s, or timeout more than 60s — ask less often, or wait less")
        return self


class ProbeFile(Strict):
    """``probes.yaml``."""

    schema_: Literal["probes/v1"] = Field(alias="schema")
    probes: tuple[ProbeSpec, ...] = Field(max_length=200)

    @model_validator(mode="after")
    def _once(self) -> "ProbeFile":
        ids = [probe.id for probe in self.probes]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(said("the probe '{twice}' is here twice — use another id", twice=twice))
        return self


def load_probes(path: Path) -> tuple[ProbeSpec, ...]:
    """The probes of a file; none when it is missing. Raises BadInput with all faults."""
    return load(path, ProbeFile).probes if path.exists() else ()


def pick(answer: Any, where: str) -> str | None:
    """The value at ``queues.0.waiting`` of a JSON answer, as text; None without one, or when it is no single value."""
    found = answer
    for part in where.split("."):
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    if isinstance(found, bool):
        return "yes" if found else "no"
    return str(found) if isinstance(found, str | int | float) else None


def wanted(incident: Incident, probes: Iterable[ProbeSpec]) -> tuple[ProbeSpec, ...]:
    """The probes whose facts this incident's playbook asks for. A drill has its own facts: none."""
    if incident.drill is not None or incident.ended or incident.plan is None:
        return ()
    plan = incident.plan
    return tuple(p for p in probes if plan.var(p.fact) and not incident.facts_by.get(p.fact, "").startswith("person:"))


def told(incident: Incident, probe: ProbeSpec, value: str) -> list[FactSet]:
    """The event by which a probe tells its fact; none when it is known so already.

    Raises BadInput when the value is no answer to the playbook's question.
    """
    var = incident.plan.var(probe.fact) if incident.plan and wanted(incident, (probe,)) else None
    if var is None:
        return []
    answer = canonical(var, value)
    if not answer:
        raise BadInput(said("{fact}: the answer is empty", fact=probe.fact), remedy="check 'value' of the probe")
    return [] if incident.facts.get(probe.fact) == answer else [FactSet(probe.fact, answer)]
