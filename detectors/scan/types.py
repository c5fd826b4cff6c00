"""What can be found: each type's name, gravity and way of being masked."""

from detectors.scan import personal, secrets
from detectors.scan.pattern import FindingType

ALL: dict[str, FindingType] = {one.name: one for one in (*personal.TYPES, *secrets.TYPES)}
"""Every type by name."""

COMMON: tuple[str, ...] = tuple(one.name for one in ALL.values() if one.common)
"""Looked for unless somebody says which. An IP address is an everyday word of every log, so it must be asked for."""

__all__ = ["ALL", "COMMON", "FindingType"]
