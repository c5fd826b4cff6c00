"""Sentences that know how they were made, and faults of every kind of file told in the reader's language."""

import copy
import errno
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from detectors.rules import load_rules
from drills.loader import load_file as load_drill
from incident.domain.errors import BadInput
from incident.domain.said import Said, lines, said
from incident.intake.mapping import load_webhook
from incident.schema_faults import explain, refusal
from incident.service.roster_file import load as load_people
from incident.service.services_file import load_services
from incident.yamlfile import read
from playbooks.cacao_import import parse_cacao
from playbooks.clockbook.book import book_from
from playbooks.comms.book import comms_from
from playbooks.loader import load_file
from playbooks.materials import load_stock
from playbooks.probes import load_probes
from tests.reading import CHINESE, english_left


def test_a_sentence_is_english_by_itself_and_chinese_on_demand() -> None:
    """What fills a gap is told as typed, unless it is a sentence too; a brace in it does no harm."""
    inner = said("did you mean '{name}'?", name="{listen}")
    whole = said("{problem} — {remedy}", problem=said("unknown field"), remedy=inner)
    assert whole == "unknown field — did you mean '{listen}'?"
    assert whole.told(CHINESE) == "没有这个字段，是否指“{listen}”？"
    assert whole.told(lambda text: text) == whole


def test_a_copied_sentence_still_knows_its_template() -> None:
    """By copy and by pickle, as between processes."""
    text = said("is not {version} — export it in that version", version="2.0")
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):  # noqa: S301 - our own
        assert (other, other.told(CHINESE)) == (text, text.told(CHINESE))


def test_sentences_one_below_the_other() -> None:
    """An error that lists faults is told fault by fault."""
    error = BadInput.listing([said("is missing"), said("is empty")])
    assert error.message == "is missing\nis empty"
    assert lines(error.faults).told(CHINESE) == "缺少此项\n内容为空"
    assert [fault for fault in error.told if isinstance(fault, Said)] == ["is missing", "is empty"]


def _by_text(load: Callable[[str, str], object]) -> Callable[[Path], object]:
    return lambda path: load(path.read_text("utf-8"), path.name)


FILES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "two values in one line": (read, "a: b: c", "f.yaml:1: 此处不能出现“名称: 值”，多半是缩进不对"),
    "open quote": (read, 'a: "b', "f.yaml:1: 文件提前结束，多半是引号没有闭合，请修正这一行"),
    "a key twice": (read, "a: 1\na: 2", "f.yaml:2: “a”出现了两次，请删去其中一个"),
    "no such date": (read, "a: 2026-02-30", "f.yaml:1: “2026-02-30”不是有效的日期或数字，请改正，或加上引号"),
    "a tag": (read, "a: !!python/name:os.system x", "请直接写值"),
    "not UTF-8": (read, "a: \udcff", "f.yaml:1: 第 3 字节处不是 UTF-8 编码，请把文件另存为 UTF-8 编码"),
    "a folder": (lambda path: read(path.parent), "", "这是一个目录，请指定文件"),
    "nothing there": (lambda path: read(path.parent / "no.yaml"), "", "no.yaml：文件或目录不存在，请检查路径"),
    "playbook": (
        load_file,
        "id: x\nowner: [a]\ntitel: {zh: 甲, en: a}",
        "f.yaml:3: titel：没有这个字段，是否指“title”？",
    ),
    "people": (load_people, "schema: people/v1\npeople: []", "f.yaml:2: people：内容为空，请补充"),
    "services": (
        load_services,
        "schema: services/v1\nservices: [{id: a, name: A, depends_on: [b]}]",
        "f.yaml:2: services.0.depends_on.0：“b”不是本文件中的服务，请在此处添加",
    ),
    "detectors": (
        load_rules,
        "schema: detectors/v1\nrules:\n- {id: a, kind: ratioo}",
        "f.yaml:3: rules.0.kind：没有“ratioo”这种类型，是否指“ratio”？",
    ),
    "webhook": (
        load_webhook,
        "schema: webhook/v1\nsource: x\ntitle: {zh: 甲, en: a}\nmaps: [{items: 'body.(', becomes: event, fields: {}}]",
        "f.yaml:4: maps.0.items：不是有效的 CEL 表达式：第 1 行第 6 个字符处有误",
    ),
    "drill": (load_drill, "schema: drill/v1\nid: A B", "f.yaml:2: id：“A B”不是有效编号，请使用小写字母和数字"),
    "clock book": (
        _by_text(book_from),
        "schema: clockbook/v1\ntimezone: Asia/Shangai\nclocks: []",
        "f.yaml:2: timezone：没有这个时区，是否指“Asia/Shanghai”？",
    ),
    "messages": (
        _by_text(comms_from),
        "schema: comms/v1\nscenario: all\nlines: [{id: a, texts: {first: {zh: '{{ x', en: x}}}]",
        "zh: 正文第 1 行：不是有效的模板，请检查 {{ }} 和 {% %} 是否成对，if 和 for 是否都有结尾",
    ),
    "materials": (
        load_stock,
        "schema: materials/v1\nitems: [{id: a, par: -1}]",
        "f.yaml:2: items.0.par：数值过小，不得小于 1",
    ),
    "probes": (load_probes, "schema: probes/v1\nprobes: [{id: a, url: ftp://x}]", "格式不符，请按此格式填写："),
    "CACAO": (
        _by_text(parse_cacao),
        '{"type": "playbook", "spec_version": "1.0"}',
        "f.yaml：spec_version：不是 cacao-2.0，请按该版本导出",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_fault_of_a_file_reads_in_chinese(case: str, tmp_path: Path) -> None:
    """Whoever wrote the file in Chinese reads what is wrong and what to do; fields and values stay as typed."""
    load, text, expected = FILES[case]
    path = tmp_path / "f.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadInput) as caught:
        load(path)
    assert english_left(*caught.value.told) == []
    told = "\n".join(fault.told(CHINESE) for fault in caught.value.told if isinstance(fault, Said))
    assert expected in told


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EISDIR, errno.EIO, errno.EXDEV])
def test_what_the_system_refuses_comes_with_a_remedy(number: int) -> None:
    """In English by the system's own words; one that nobody foresaw is told too."""
    why, remedy = refusal(OSError(number, os.strerror(number)))
    assert os.strerror(number) in why
    assert remedy
    assert english_left(why, remedy) == []


def test_a_validator_nobody_foresaw_is_told_with_its_own_words() -> None:
    """The frame is ours and translated."""
    what, remedy = explain({"type": "url_parsing", "msg": "Input should be a valid URL"})
    assert what.told(CHINESE) == "填写的内容不符合要求（Input should be a valid URL）"
    assert remedy.told(CHINESE) == "请查阅该文件的说明"
