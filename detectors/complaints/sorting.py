"""Complaints that come without a class get one from their text, before any rule sees them."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from detectors.complaints.classes import Classifier, loaded
from incident.domain.errors import BadInput
from incident.intake.event import Event

Prepare = Callable[[Event], Event]
COMPLAINT = "complaint.received"


def classifier_of(path: Path) -> Classifier:
    """The classifier that was trained into a file; without the file, the one that knows the words of the trade.

    Raises BadInput when the file is something else.
    """
    try:
        return loaded(path.read_text("utf-8"), path.name)
    except FileNotFoundError:
        return Classifier.started()
    except UnicodeDecodeError:
        raise BadInput(f"{path.name}: not UTF-8", remedy="train it again: tocsin complaints train LABELS.csv") from None


def sorter(classifier: Classifier) -> Prepare:
    """A function that gives a complaint with a text and without a class its class; other events pass as they are."""

    def sort(event: Event) -> Event:
        if event.type != COMPLAINT or event.data.get("class") is not None:
            return event
        text = event.data.get("text")
        if not isinstance(text, str) or not text.strip():
            return event
        return replace(event, data={**event.data, "class": classifier.read(text).name})

    return sort
