"""What is wrong with a file reads in the author's language, on both sides of the dash."""

import re

import pytest
import test_playbook_deeper_faults
import test_playbook_faults
from test_yaml_files import HOSTILE

from config.cli.fault_words import fault_in
from incident.domain.errors import BadInput
from incident.i18n import translator
from incident.yamlfile import parse

CHINESE = translator("zh-CN")


def told() -> list[str]:
    """The faults that the tests of playbook files know."""
    found: list[str] = []
    for case in test_playbook_faults.FAULTS.values():
        found += case[-1]
    return [*found, *(case[-1] for case in test_playbook_deeper_faults.FAULTS.values())]


@pytest.mark.parametrize("fault", told())
def test_a_fault_reads_in_chinese(fault: str) -> None:
    """Place and path stay, what is wrong and what to do are said in Chinese, names and values as they are."""
    line, _, rest = fault.partition(": ")
    shown = fault_in(f"预案/my plan.yaml:{fault}", CHINESE)
    assert shown.startswith(f"预案/my plan.yaml:{line}: ")
    for half in shown.removeprefix(f"预案/my plan.yaml:{line}: ").split(" — "):
        assert re.search("[\u4e00-\u9fff]", half), shown
    assert fault_in(f"my.yaml:{fault}", str) == f"my.yaml:{fault}"
    assert rest


@pytest.mark.parametrize("case", HOSTILE)
def test_so_does_what_is_wrong_with_a_file_that_is_no_yaml(case: str) -> None:
    """The place, then Chinese on both sides."""
    with pytest.raises(BadInput) as caught:
        parse(HOSTILE[case][0], "f.yaml")
    shown = fault_in(str(caught.value), CHINESE)
    assert all(re.search("[\u4e00-\u9fff]", half) for half in shown.split(" — ")), shown


def test_what_nobody_foresaw_stays_as_it_is() -> None:
    """Better English than nothing."""
    assert fault_in("a.yaml:3: x: something new — do that", CHINESE) == "a.yaml:3: x: something new — do that"
    assert fault_in("no place at all", CHINESE) == "no place at all"
