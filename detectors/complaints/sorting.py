"""Complaints that come without a class get one from their text, before any rule sees them."""

from collections.abc import Callable
from pathlib import Path

import structlog
from msgspec.structs import replace

from detectors.complaints.classes import Classifier, loaded
from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.intake.event import Event

Prepare = Callable[[Event], Event]
log = structlog.get_logger("tocsin.detect")
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
        raise BadInput.at(
            path.name, said("not UTF-8"), remedy=said("train it again: tocsin complaints train LABELS.csv")
        ) from None


def sorter(classifier: Classifier) -> Prepare:
    """A function that gives a complaint with a text and without a class its class; other events pass as they are."""
    return _sorting(lambda: classifier)


def following(path: Path) -> Prepare:
    """The same by whatever stands in the file: what is trained while a system runs counts from the next complaint on.

    Raises BadInput when the file is something else now. If that happens later, the classifier in use stays.
    """
    return _sorting(_Followed(path).current)


class _Followed:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = _stamp(path)
        self._classifier = classifier_of(path)

    def current(self) -> Classifier:
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._classifier = classifier_of(self._path)
            except BadInput as error:
                log.warning("complaint_classes_kept", reason=str(error), permanent=error.permanent)
            else:
                log.info("complaint_classes_read", file=self._path.name)
        return self._classifier


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes with the file; None without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _sorting(current: Callable[[], Classifier]) -> Prepare:
    def sort(event: Event) -> Event:
        if event.type != COMPLAINT or event.data.get("class") is not None:
            return event
        text = event.data.get("text")
        if not isinstance(text, str) or not text.strip():
            return event
        return replace(event, data={**event.data, "class": current().read(text).name})

    return sort
