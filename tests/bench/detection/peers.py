"""What others use, on the same data: EARS C1–C3 as published, and River's detectors when it is installed."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from math import isfinite
from statistics import fmean, stdev
from typing import Any


def ears(values: Sequence[float], kind: str) -> list[float]:
    """C1: the seven values before; C2: two days between; C3: the sum of three days' C2 beyond one."""
    lag = 0 if kind == "C1" else 2
    found = []
    for row, value in enumerate(values):
        past = values[max(0, row - lag - 7) : max(0, row - lag)]
        if len(past) < 7:
            found.append(0.0)
            continue
        spread = max(stdev(past), 0.5)
        found.append(max(0.0, (value - fmean(past)) / spread))
    if kind != "C3":
        return found
    return [sum(max(0.0, one - 1.0) for one in found[max(0, row - 2) : row + 1]) for row in range(len(found))]


def has_river() -> bool:
    """Whether River can be measured here."""
    return find_spec("river") is not None


def half_space_trees(values: Sequence[float]) -> list[float]:
    """River's half-space trees over the last six values, scaled by their running range."""
    anomaly, preprocessing = import_module("river.anomaly"), import_module("river.preprocessing")
    trees = anomaly.HalfSpaceTrees(n_trees=15, height=6, window_size=250, seed=1)
    model = preprocessing.MinMaxScaler() | trees
    found, last = [], [values[0]] * 6 if values else []
    for value in values:
        last = [*last[1:], value]
        features = {str(place): one for place, one in enumerate(last)}
        found.append(float(model.score_one(features)))
        model.learn_one(features)
    return found


def gaussian(values: Sequence[float]) -> list[float]:
    """River's Gaussian scorer over a rolling window of 300 values."""
    return _univariate(import_module("river.anomaly").GaussianScorer(window_size=300, grace_period=100), values)


def absolute_deviation(values: Sequence[float]) -> list[float]:
    """River's standard absolute deviation from the running mean."""
    return _univariate(import_module("river.anomaly").StandardAbsoluteDeviation(), values)


def predictive(values: Sequence[float]) -> list[float]:
    """River's predictive anomaly detection on a Holt-Winters forecast."""
    anomaly, series = import_module("river.anomaly"), import_module("river.time_series")
    forecast = series.HoltWinters(alpha=0.3, beta=0.1)
    for value in values[:2]:
        forecast.learn_one(value)
    model = anomaly.PredictiveAnomalyDetection(forecast, horizon=1, n_std=10.0, warmup_period=30)
    return [0.0] * len(values[:2]) + _univariate(model, values[2:])


def _univariate(model: Any, values: Sequence[float]) -> list[float]:
    found = []
    for value in values:
        try:
            score = float(model.score_one(None, value))
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            score = 0.0  # a variance that rounding has made negative has a root that is no number
        found.append(score if isfinite(score) else 0.0)
        model.learn_one(None, value)
    return found
