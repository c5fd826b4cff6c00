"""What an examination comes to: one line each, with what to do about it."""

from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``what`` is an English key with ``values`` to be filled in, or a finished sentence."""

    name: str
    state: State
    what: str
    remedy: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """``what`` in English."""
        return self.what.format(**self.values) if self.values else self.what
