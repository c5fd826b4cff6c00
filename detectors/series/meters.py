"""Every meter by name."""

from typing import Any

from detectors.series.auto import AutoMeter
from detectors.series.beat import BeatMeter
from detectors.series.count import CountMeter
from detectors.series.level import LevelMeter
from detectors.series.meter import Meter
from detectors.series.novelty import NoveltyMeter
from detectors.series.ratio import RatioMeter

METERS: dict[str, type[Meter[Any]]] = {
    "level": LevelMeter,
    "novelty": NoveltyMeter,
    "ratio": RatioMeter,
    "count": CountMeter,
    "heartbeat": BeatMeter,
    "auto": AutoMeter,
}
