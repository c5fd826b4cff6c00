"""Stories of leaks and personal data that another monitor reports: they are kept as close as our own detectors' are."""

from datetime import timedelta
from pathlib import Path

import pytest

from incident.domain.suppression import Matcher
from incident.domain.words import Scenario, Text
from incident.service.redaction import Viewer
from tests.harness import Stage

PHONE, CITIZEN = "13812345678", "11010519491231002X"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A fresh installation."""
    return Stage(tmp_path)


def test_a_silenced_leak_that_another_monitor_named_is_shown_to_nobody(stage: Stage) -> None:
    """Such an alert names only the scenario; held back, it has no incident whose audience could be asked."""
    stage.system.desk.silence(
        (Matcher("service", "=", "vault"),), by="zhou-wei", reason="moving house", lasts=timedelta(hours=1)
    )
    stage.send(stage.signal("export", scenario=Scenario.DATA_LEAK, labels={"service": "vault"}))

    assert stage.system.views.incidents(Viewer()) == []
    assert stage.system.views.signals(Viewer("zhou-wei", "admin")) == []


def test_what_another_monitor_says_is_masked_before_it_is_kept(stage: Stage) -> None:
    """Title, labels and evidence go on the log for good: no personal data may be in them."""
    stage.send(
        stage.signal(
            title=Text(f"来电 {PHONE}", f"caller {PHONE}"), labels={"service": "ivr", "customer": f"{CITIZEN}"}
        )
    )

    incident = stage.incident()
    said = f"{incident.title} {incident.labels} {[m.title + m.body for m in stage.pages()]}"
    assert incident.labels["service"] == "ivr"
    assert PHONE not in said
    assert CITIZEN not in said
    stage.system.close()
    for file in stage.home.rglob("*.db*"):
        assert PHONE.encode() not in file.read_bytes()
        assert CITIZEN.encode() not in file.read_bytes()
