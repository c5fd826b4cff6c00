"""What every rule in ``detectors.yaml`` may say, and the small types its fields are made of."""

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from incident.domain.said import said
from incident.domain.words import Degree, Scenario, Text
from incident.yamlfile import Strict

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d|w)")


def seconds(value: object) -> object:
    """``5m``, ``1h30m``, ``0.5s`` or a plain number of seconds → seconds."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError(said("'{value}' is not a duration; write it like 30s, 5m, 2h or 1d", value=value))
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _share(value: object) -> object:
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip()[:-1]) / 100
    return value


def _degree(value: object) -> object:
    if isinstance(value, str):
        try:
            return Degree[value.upper()]
        except KeyError:
            raise ValueError(said("'{value}' is not low, medium or high", value=value)) from None
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Duration = Annotated[float, BeforeValidator(seconds), Field(gt=0, allow_inf_nan=False)]
"""Seconds; in YAML ``30s``, ``5m``, ``2h``, ``1d``."""
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
"""A part of a whole, 0–1; in YAML also ``5%``."""
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One name or a list of names."""
DegreeName = Annotated[Degree, BeforeValidator(_degree)]
"""``low``, ``medium`` or ``high``."""
Filter = dict[str, Any]
"""Field path → the value it must have, or a list of values of which one must match."""


class Title(Strict):
    """A text in both languages. ``{label}`` is replaced by the label's value."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self) -> Text:
        """The same as the domain's text."""
        return Text(zh=self.zh, en=self.en)


class Match(Strict):
    """Which events are meant: by type (any when empty) and by the fields of their data."""

    type: Names = ()
    where: Filter = Field(default_factory=dict)


class Rule(Strict):
    """The fields all kinds share. Defaults suit most rules; a kind's own model adds its parameters.

    ``value`` is the path of the number in the event's data. ``by`` splits: one state and one finding per
    combination of these fields (a path like ``customer.region``; ``$source``, ``$subject`` and ``$type`` are the
    envelope's). ``clear_after`` is how long all must be well before a finding is cleared.
    """

    model_config = ConfigDict(validate_default=True)  # a whole number where a state wants a float comes back as another

    unbudgeted: ClassVar[str] = ""
    """Why ``alarms`` means nothing to this kind, and what to write instead; empty where it does."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")
    kind: str
    enabled: bool = True
    on: Names = Field(min_length=1)
    where: Filter = Field(default_factory=dict)
    value: str = ""
    by: Names = ()
    labels: dict[str, str] = Field(default_factory=dict)
    scenario: Scenario
    title: Title
    impact: DegreeName = Degree.MEDIUM
    urgency: DegreeName = Degree.MEDIUM
    group_by: Names = ("service",)
    clear_after: Duration = 600.0

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> "Rule":
        names = [label_name(path) for path in self.by]
        doubled = {name for name in names if names.count(name) > 1 or name in self.labels}
        if doubled:
            raise ValueError(said("label '{doubled}' is given twice in 'by' and 'labels'", doubled=min(doubled)))
        return self

    def shape(self) -> tuple[object, ...]:
        """The parameters a stored state depends on: when they change, old states no longer fit."""
        return ()


def label_name(path: str) -> str:
    """The label a ``by`` path fills: its last part, without the envelope's ``$``."""
    return path.rsplit(".", 1)[-1].lstrip("$")
