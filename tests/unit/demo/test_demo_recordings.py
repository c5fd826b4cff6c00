"""The demo's recordings and scripts: complete, in order, and in both languages."""

from pathlib import Path

import pytest

from config.demo.story import ORDER, STORIES, Story, load_stories
from detectors.rules import load_rules
from incident.report.sparkline import sparkline
from incident.service.roster_file import load as load_roster
from incident.web.api_commands import COMMANDS
from playbooks.loader import by_scenario
from playbooks.loader import load as load_playbooks

DEMO = STORIES.parent
NOTICE = (DEMO.parents[1] / "NOTICE").read_text("utf-8")


@pytest.fixture(params=ORDER)
def story(request: pytest.FixtureRequest) -> Story:
    return next(one for one in load_stories() if one.id == request.param)


def test_every_line_of_a_recording_is_an_event_in_order(story: Story) -> None:
    """Each line is taken by the same reader that ``tocsin send`` uses, and the label lies within the recording."""
    times = [event.time for event in story.events()]

    assert len(times) > 30
    assert times == sorted(times)
    assert times[0] <= story.labelled_at.timestamp() <= times[-1]


def test_every_recording_is_named_with_its_source(story: Story) -> None:
    """No data without provenance: the notice beside the licence names the file."""
    assert story.recording in NOTICE


def test_every_act_is_a_command_of_the_api(story: Story) -> None:
    """A script can only do what people can do."""
    names = {command.name for command in COMMANDS}

    assert {act.do for act in story.acts} <= names


def test_everybody_in_a_script_is_on_the_roster_and_every_task_in_the_playbook() -> None:
    """People and tasks of the scripts exist in the shipped files."""
    roster = load_roster(DEMO.parent / "defaults" / "people.yaml", {"console"}).roster
    plans = by_scenario(load_playbooks(Path("nowhere"), roster))
    for story in load_stories():
        people = {part.by for part in (*story.answers, *story.acts)}
        assert people <= set(roster.people)
        assert set(story.tasks) <= {task.id for task in plans[story.scenario].tasks}


def test_the_demo_has_one_rule_for_each_story() -> None:
    """Three rules, one for each scenario told."""
    rules = [detector.rule for detector in load_rules(DEMO / "detectors.yaml")]

    assert {rule.scenario for rule in rules} == {story.scenario for story in load_stories()}


def test_a_sparkline_shows_the_last_values_as_bars() -> None:
    """Lowest and highest bar at the ends of the range; nothing for a handful of values."""
    assert sparkline([0, 0, 0, 0, 7]) == "▁▁▁▁█"
    assert sparkline([5.0] * 6) == "▁▁▁▁▁▁"
    assert sparkline([1, 2, 3]) == ""
