"""What a meter is: it scores each value of a series by how unlike its past it is, and learns from it."""

from typing import NamedTuple, Protocol, TypeVar

S = TypeVar("S")


class Prior(NamedTuple):
    """The score expected to be passed once a week before a series is known, and how much more halves that e-fold.

    ``noted``: scores below this part of ``weekly`` are no trouble at all.
    """

    weekly: float
    scale: float
    noted: float = 0.3


class Meter(Protocol[S]):
    """A state belongs to one series. ``take`` changes it in place.

    Values are finite numbers and times epoch seconds; callers drop what is neither.
    """

    @property
    def kind(self) -> str:
        """The name of the algorithm."""

    @property
    def prior(self) -> Prior:
        """Where alarms lie before the series' own scores are known."""

    def new(self) -> S:
        """A state that has seen nothing."""

    def take(self, state: S, at: float, value: float, count: float) -> float:
        """The score of a value, from 0 (as ever) upwards; depends on earlier values only. Learns the value.

        ``count`` is the number of trials behind a share, 0 when unknown.
        """

    def expected(self, state: S, at: float) -> float | None:
        """The value that would be no surprise at that time; None when nothing is known."""
