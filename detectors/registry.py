"""Every detector kind: what its rule may say, and the class that follows it. A new kind is a file and a line here."""

from typing import Any

from detectors.base import Detector
from detectors.kinds.export import Export, ExportRule
from detectors.kinds.first_answer import FirstAnswer, FirstAnswerRule
from detectors.kinds.heartbeat import Heartbeat, HeartbeatRule
from detectors.kinds.leak_destination import DestinationRule, NewDestination
from detectors.kinds.leak_honey import HoneyRule, Honeytoken
from detectors.kinds.leak_hours import HoursRule, OffHours
from detectors.kinds.leak_privilege import PrivilegedExport, PrivilegeRule
from detectors.kinds.leak_slow import SlowExport, SlowRule
from detectors.kinds.ratio import Ratio, RatioRule
from detectors.kinds.series import Auto, Level, Novelty, SeriesRule
from detectors.kinds.surge import Surge, SurgeRule
from detectors.kinds.text import TextLeak, TextRule
from detectors.kinds.threshold import Threshold, ThresholdRule
from detectors.kinds.topics import Topics, TopicsRule
from detectors.rule import Rule

AnyDetector = Detector[Any]

KINDS: dict[str, tuple[type[Rule], type[Any]]] = {
    "auto": (SeriesRule, Auto),
    "export": (ExportRule, Export),
    "first_answer": (FirstAnswerRule, FirstAnswer),
    "heartbeat": (HeartbeatRule, Heartbeat),
    "honeytoken": (HoneyRule, Honeytoken),
    "level": (SeriesRule, Level),
    "new_destination": (DestinationRule, NewDestination),
    "novelty": (SeriesRule, Novelty),
    "off_hours": (HoursRule, OffHours),
    "privileged_export": (PrivilegeRule, PrivilegedExport),
    "ratio": (RatioRule, Ratio),
    "slow_export": (SlowRule, SlowExport),
    "surge": (SurgeRule, Surge),
    "text": (TextRule, TextLeak),
    "topics": (TopicsRule, Topics),
    "threshold": (ThresholdRule, Threshold),
}


def build(rule: Rule) -> AnyDetector:
    """The detector that follows a checked rule."""
    detector: AnyDetector = KINDS[rule.kind][1](rule)
    return detector
