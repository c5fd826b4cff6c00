"""The text of complaints: pieces, new topics, and the five classes."""

import random
from pathlib import Path

import pytest

from detectors.complaints.classes import CLASSES, Classifier, confusion, labelled, loaded, trained
from detectors.complaints.grams import grams, phrases
from detectors.complaints.sorting import following, sorter
from detectors.embedded import EmbeddedRunner
from detectors.rules import parse_rules
from incident.domain.errors import BadInput
from incident.domain.signal import Signal, SignalState
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

DAY = 86400.0
USUAL = [
    "等了很久没有人接电话",
    "客服态度很差",
    "套餐收费太贵了",
    "the queue was far too long",
    "快递三天没有更新",
    "发票还没有收到",
]


def ordinary(day: int, count: int, rng: random.Random) -> list[Event]:
    """A day's complaints about what people always complain about."""
    return [event("complaint.received", DAY * day + 600 * i, text=rng.choice(USUAL)) for i in range(count)]


def test_pieces_need_no_dictionary() -> None:
    """Pairs of Chinese characters, words of other scripts; no digits, no idle words, full width folded."""
    assert grams("扣费失败，ＡＰＰ crashes 13900001234 and the") == ["扣费", "费失", "失败", "app", "crashes"]
    assert phrases({"扣费": 9.0, "费失": 9.0, "失败": 8.0, "app": 7.0}) == {"扣费失败": 9.0, "app": 7.0}


def test_it_names_the_words_that_rose_in_both_languages() -> None:
    """Two weeks of the usual, then a new topic in twelve of forty texts: raised the same day with the phrase."""
    play, rng = Play(detector("topics", "on: complaint.received\nmin_count: 6")), random.Random(1)
    signals: list[Signal] = []
    for day in range(14):
        signals += play.send(
            *[event("complaint.received", DAY * day + 600 * i, text=rng.choice(USUAL)) for i in range(40)]
        )
    assert signals == []
    for i in range(40):
        text = "人脸识别失败，login loop again" if i % 3 == 0 else rng.choice(USUAL)
        signals += play.send(event("complaint.received", DAY * 14 + 600 * i, text=text))
    assert signals[0].state is SignalState.RAISED
    names = {one.name for one in signals[0].evidence.contributors}
    assert "人脸识别失败" in names
    assert {"login", "loop"} <= names
    assert all(one.id == signals[0].id for one in signals)
    for day in range(15, 19):
        signals += play.send(
            *[event("complaint.received", DAY * day + 600 * i, text=rng.choice(USUAL)) for i in range(40)]
        )
    assert signals[-1].state is SignalState.CLEARED


def test_a_general_surge_is_no_new_topic() -> None:
    """Three times as many complaints about the same things."""
    play, rng = Play(detector("topics", "on: complaint.received\nmin_count: 6")), random.Random(2)
    signals: list[Signal] = []
    for day in range(15):
        count = 120 if day == 14 else 40
        signals += play.send(
            *[event("complaint.received", DAY * day + 600 * i, text=rng.choice(USUAL)) for i in range(count)]
        )
    assert signals == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("新买的手机老是死机黑屏", "product_quality"),
        ("客服态度恶劣，直接挂断", "service_attitude"),
        ("打了半天电话没人接，转接三次", "service_process"),
        ("莫名其妙被扣费，要求退款", "price"),
        ("the agent was rude and hung up on me", "service_attitude"),
        ("I was overcharged on my bill and want a refund", "price"),
        ("呵呵", "other"),
    ],
)
def test_it_knows_the_words_of_the_trade_from_the_start(text: str, name: str) -> None:
    """Before any training, in Chinese and English."""
    assert Classifier.started().read(text).name == name


def test_it_says_why_and_learns_from_own_labels() -> None:
    """A word of the house belongs to the class the house says; the reason names it; the model survives storage."""
    rows = ["text,class", *["云盾无法登录,product_quality"] * 6, *["门店停车不便,other"] * 6]
    made = trained(labelled(rows, "own.csv"))
    reading = made.read("云盾又无法登录")
    assert reading.name == "product_quality"
    assert "云盾" in {word for word, _ in reading.why}
    assert sum(reading.chances.values()) == pytest.approx(1.0)
    assert set(reading.chances) == set(CLASSES)
    assert loaded(made.dump(), "m").read("云盾又无法登录") == reading


def test_faults_in_labels_are_told_with_their_line() -> None:
    """A class that doesn't exist, a file without the columns, a file that is no model."""
    with pytest.raises(BadInput, match=r"own\.csv:2.*no such complaint class"):
        labelled(["text,class", "x,quality"], "own.csv")
    with pytest.raises(BadInput, match="no columns"):
        labelled(["a,b"], "own.csv")
    with pytest.raises(BadInput, match="no complaint classifier"):
        loaded("{}", "m.json")


def test_held_out_texts_tell_how_good_it_is() -> None:
    """What a word of the house means is learned from the other folds; Chinese names of classes are fine."""
    rows = ["text,class", *["云盾无法登录,产品质量"] * 10, *["门店停车不便,其他"] * 10]
    found = confusion(labelled(rows, "own.csv"))
    assert found == {("product_quality", "product_quality"): 10, ("other", "other"): 10}
    assert "云盾" in dict(trained(labelled(rows, "own.csv")).words("product_quality"))


def complaint(at: float, **data: object) -> Event:
    """A complaint with these fields."""
    return event("complaint.received", at, **data)


def test_complaints_without_a_class_are_sorted_before_the_rules_see_them() -> None:
    """What the sender says of the class is left alone; so is a complaint without a text, and any other event."""
    sort = sorter(Classifier.started())
    assert sort(complaint(0, text="乱收费，要求退款")).data["class"] == "price"
    assert sort(complaint(0, text="乱收费，要求退款", **{"class": "other"})).data["class"] == "other"
    for untouched in (
        complaint(0),
        complaint(0, text=" "),
        complaint(0, text=3),
        event("message.sent", 0, text="退款"),
    ):
        assert sort(untouched) is untouched


def test_what_is_trained_while_the_system_runs_takes_effect_with_the_next_complaint(tmp_path: Path) -> None:
    """Without a file the words of the trade decide, then the file does; a broken one changes nothing."""
    path, said = tmp_path / "classes.json", "蓝色小象又来了"
    sort = following(path)
    before = sort(complaint(0, text=said)).data["class"]
    rows = [(f"蓝色小象{number}", "price") for number in range(20)]
    path.write_text(trained(rows).dump(), "utf-8")
    assert sort(complaint(1, text=said)).data["class"] == "price" != before
    path.write_text("half a fi", "utf-8")
    assert sort(complaint(2, text=said)).data["class"] == "price"
    path.write_text(trained([(text, "product_quality") for text, _ in rows]).dump() + "\n", "utf-8")
    assert sort(complaint(3, text=said)).data["class"] == "product_quality"
    path.write_text("[]", "utf-8")
    with pytest.raises(BadInput):
        following(path)


def test_a_surge_of_one_class_is_found_in_texts_alone() -> None:
    """Forty complaints about prices without any label raise the price class and no other."""
    (rule,) = parse_rules(
        "schema: detectors/v1\nrules:\n- {id: c, kind: surge, on: complaint.received, by: [class], limit: 30,"
        " scenario: other, title: {zh: '{class}投诉', en: 'about {class}'}}\n",
        "test.yaml",
    )
    runner = EmbeddedRunner([rule], prepare=sorter(Classifier.started()))
    signals = []
    for number in range(40):
        signals += runner.observe([complaint(60.0 * number, text="多扣费，要求退款")], T0 + 60.0 * number)
        signals += runner.observe([complaint(60.0 * number + 1, text="坐席态度恶劣") for _ in range(number % 2)],
                                  T0 + 60.0 * number + 1)  # fmt: skip
    assert [one.labels["class"] for one in signals] == ["price"]
    assert (signals[0].title.zh, signals[0].title.en) == ("价格投诉", "about price")
