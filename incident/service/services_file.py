"""services.yaml: what stands on what. Used for inhibition, correlation and maintenance windows."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.suppression import Service, ServiceMap
from incident.domain.words import Text
from incident.yamlfile import Strict, YamlFile, check, read

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class _TextSpec(Strict):
    zh: Name
    en: Name


class _ServiceSpec(Strict):
    id: Name
    name: _TextSpec | Name
    depends_on: tuple[Name, ...] = ()
    tier: int = Field(default=2, ge=1, le=4)
    site: str = ""


class _ServicesSpec(Strict):
    version: Literal["services/v1"] = Field(alias="schema")
    services: tuple[_ServiceSpec, ...] = ()


def load_services(path: Path) -> ServiceMap:
    """The service map of a file. Raises BadInput naming file and line for doubles and unknown dependencies."""
    return services_of(read(path))


def services_of(file: YamlFile) -> ServiceMap:
    """The service map of a parsed file."""
    spec = check(file, _ServicesSpec)
    known: dict[str, Service] = {}
    faults = []
    for index, one in enumerate(spec.services):
        if one.id in known:
            faults.append(
                file.fault(("services", index, "id"), said("'{id}' stands here twice", id=one.id), said("remove one"))
            )
        name = Text.same(one.name) if isinstance(one.name, str) else Text(one.name.zh, one.name.en)
        known[one.id] = Service(one.id, name, one.depends_on, one.tier, one.site)
    for index, one in enumerate(spec.services):
        faults.extend(
            file.fault(
                ("services", index, "depends_on", n),
                said("'{dep}' is not a service here", dep=dep),
                said("add it here"),
            )
            for n, dep in enumerate(one.depends_on)
            if dep not in known
        )
    if faults:
        raise BadInput.listing(faults)
    return ServiceMap(known)
