"""How much more evidence than a rule's own thresholds ask for is needed: fixed, or learned from a budget of alarms.

Kinds whose thresholds are written down (``threshold: 8``) score each moment in multiples of what those thresholds
ask for. With ``alarms`` the multiple that raises is learned from those scores; without, it is one.
"""

from pydantic import Field

from detectors.budget import Allowance, Budget, BudgetState, Standing
from detectors.kinds.leak_budget import Alarms
from detectors.rule import Rule
from detectors.series.meter import Prior

_PRIOR = Prior(1.0, 0.3)
"""A rule's own thresholds are taken for about one alarm a week, until its scores show better."""


class BudgetRule(Rule):
    """``alarms``: the budget for each key; absent: the thresholds stay as written. ``stricter``: halvings of it."""

    alarms: Alarms | None = None
    stricter: float = Field(default=0.0, ge=-3, le=6)


class Strictness:
    """For one rule. ``quiet`` is how long a stretch of trouble may pause and still be one alarm."""

    def __init__(self, rule: BudgetRule, quiet: float, prior: Prior = _PRIOR) -> None:
        self._rule = rule
        self._own = Allowance(rule.alarms or 1.0, rule.stricter)
        self._budget = Budget(prior, self._own, quiet)
        self._fixed = 1.0
        self.calibrate(0.0)

    @property
    def allowance(self) -> Allowance | None:
        """What the rule allows itself; None when its thresholds are fixed."""
        return self._own if self._rule.alarms is not None else None

    @property
    def room(self) -> float:
        """How far beyond what raises evidence is added up: the further, the more there is to learn a budget from."""
        return 1.5 if self._rule.alarms is None else 6.0

    def calibrate(self, stricter: float) -> None:
        """Halve the budget so many times; without one each halving asks for a quarter more evidence."""
        self._fixed = max(0.25, 1 + (self._rule.stricter + stricter) / 4)
        self._budget.calibrate(Allowance(self._own.rate, self._own.stricter + stricter))

    def times(self, state: BudgetState) -> float:
        """The multiple of the rule's own thresholds that raises now."""
        return self._fixed if self._rule.alarms is None else self._budget.threshold(state)

    def learn(self, state: BudgetState, at: float, score: float, *, told: int = 0) -> None:
        """Take in the multiple a moment reached, after it was judged; ``told``: new alarms raised at it."""
        if self._rule.alarms is not None:
            state.told += told
            self._budget.learn(state, at, score)

    def standing(self, state: BudgetState) -> Standing | None:
        """How the rule keeps to its budget; None without one."""
        return None if self._rule.alarms is None else self._budget.standing(state)
