"""The five classes of complaints (handbook H4.1): a classifier that says why, trained on the user's own labels.

Multinomial naive Bayes over the pieces of the text. It starts from words every call centre knows, which count like a
few labelled examples each and are outvoted by real ones.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log

from detectors.complaints.grams import grams
from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.words import Text

CLASSES = ("product_quality", "service_attitude", "service_process", "price", "other")
NAMES = {
    "product_quality": Text("产品质量", "product quality"),
    "service_attitude": Text("服务态度", "service attitude"),
    "service_process": Text("服务流程", "service process"),
    "price": Text("价格", "price"),
    "other": Text("其他", "other"),
}
CHINESE = {name.zh: one for one, name in NAMES.items()}
_SEED_WEIGHT = 2.0
_SMOOTHING = 0.2
_CLASS_SMOOTHING = 5.0
SEEDS: dict[str, str] = {
    "product_quality": "质量 故障 坏了 损坏 破损 瑕疵 失灵 死机 黑屏 闪退 假货 发错 漏发 用不了 不好用 打不开 产品问题 "
    "broken defective defect faulty quality damaged crash crashes stopped working doesn't work leaking cracked fake",
    "service_attitude": "态度 态度差 态度恶劣 不耐烦 骂人 辱骂 挂断 挂我电话 敷衍 推诿 冷漠 不尊重 语气 阴阳怪气 无礼 "
    "rude attitude impolite shouted yelled hung up unfriendly arrogant disrespectful insulted dismissive sarcastic",
    "service_process": "流程 等待 等了 排队 没人接 无人接听 打不通 转接 没有回复 未回复 处理太慢 拖延 手续 超时 "
    "进度 物流 waiting waited queue hold transferred process slow nobody answered callback delay delayed unanswered "
    "paperwork delivery",
    "price": "价格 收费 乱收费 扣费 多扣 扣款 太贵 退款 退费 账单 费用 涨价 资费 优惠 发票 违约金 押金 套餐 "
    "price charged charge refund overcharged billing bill fee fees expensive invoice cost deposit discount",
    "other": "建议 咨询 其他 隐私 骚扰 surroundings suggestion other privacy spam parking",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The class of a text, the chance of each class, and the words that spoke for it with their weight."""

    name: str
    chances: dict[str, float]
    why: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """Piece → its logarithmic weight in each class; and the weight of each class before anything is read."""

    weights: dict[str, tuple[float, ...]]
    priors: tuple[float, ...]


@dataclass(slots=True)
class Classifier:
    """``counts``: class → piece → how often; ``texts``: class → how many labelled texts."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in CLASSES})
    texts: Counter[str] = field(default_factory=Counter)
    _table: _Table | None = field(default=None, repr=False, compare=False)

    @classmethod
    def started(cls) -> "Classifier":
        """Knows the words of the trade and nothing else."""
        made = cls()
        for name, words in SEEDS.items():
            for word in words.split():
                for piece in grams(word):
                    made.counts[name][piece] += int(_SEED_WEIGHT)
        return made

    def learn(self, text: str, name: str) -> None:
        """One labelled text. Raises BadInput for a class that doesn't exist."""
        name = CHINESE.get(name, name)
        if name not in CLASSES:
            raise BadInput(
                said("no such complaint class: '{name}'", name=name),
                remedy=said("use one of {names}", names=", ".join(CLASSES)),
            )
        self._table = None
        self.counts[name].update(grams(text))
        self.texts[name] += 1

    def read(self, text: str, most: int = 5) -> Reading:
        """The most likely class and why; ``other`` when nothing in the text is known."""
        table = self._table = self._table or _tabled(self)
        known = {piece: times for piece, times in Counter(grams(text)).items() if piece in table.weights}
        if not known:
            return Reading("other", dict.fromkeys(CLASSES, 1 / len(CLASSES)), ())
        totals = list(table.priors)
        for piece, times in known.items():
            for place, weight in enumerate(table.weights[piece]):
                totals[place] += times * weight
        return _reading(totals, table, known, most)

    def words(self, name: str, most: int = 12) -> list[tuple[str, float]]:
        """The pieces that speak loudest for a class, with their weight against the next likely one."""
        table = self._table = self._table or _tabled(self)
        place = CLASSES.index(name)
        found = ((piece, round(_gain(weights, place), 2)) for piece, weights in table.weights.items())
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]

    def dump(self) -> str:
        """As JSON a person can read."""
        return json.dumps(
            {"schema": "complaint-classes/v1", "texts": self.texts, "counts": self.counts}, ensure_ascii=False, indent=1
        )


def _tabled(made: Classifier) -> _Table:
    sizes = [sum(made.counts[name].values()) for name in CLASSES]
    vocabulary = set().union(*made.counts.values())
    all_texts = sum(made.texts.values()) + _CLASS_SMOOTHING * len(CLASSES)
    floors = [size + _SMOOTHING * len(vocabulary) for size in sizes]
    weights = {
        piece: tuple(
            log((made.counts[name][piece] + _SMOOTHING) / floor) for name, floor in zip(CLASSES, floors, strict=True)
        )
        for piece in vocabulary
    }
    return _Table(weights, tuple(log((made.texts[name] + _CLASS_SMOOTHING) / all_texts) for name in CLASSES))


def _reading(totals: Sequence[float], table: _Table, known: Mapping[str, int], most: int) -> Reading:
    best = max(range(len(CLASSES)), key=lambda place: totals[place])
    raw = [exp(max(-700.0, total - totals[best])) for total in totals]
    chances = {name: value / sum(raw) for name, value in zip(CLASSES, raw, strict=True)}
    gains = {piece: times * _gain(table.weights[piece], best) for piece, times in known.items()}
    why = sorted(((piece, gain) for piece, gain in gains.items() if gain > 0), key=lambda pair: (-pair[1], pair[0]))
    return Reading(CLASSES[best], chances, tuple((piece, round(gain, 2)) for piece, gain in why[:most]))


def _gain(weights: Sequence[float], place: int) -> float:
    """By how much a piece speaks more for a class than for the next likely one."""
    return weights[place] - max(weight for other, weight in enumerate(weights) if other != place)


def loaded(text: str, name: str) -> Classifier:
    """What ``dump`` wrote. Raises BadInput when it is something else."""
    try:
        found = json.loads(text)
        counts = {one: Counter({str(k): int(v) for k, v in found["counts"][one].items()}) for one in CLASSES}
        return Classifier(counts, Counter({one: int(found["texts"].get(one, 0)) for one in CLASSES}))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput.at(
            name, said("no complaint classifier"), remedy=said("train one from labelled complaints")
        ) from None


def labelled(lines: Iterable[str], name: str) -> list[tuple[str, str]]:
    """(text, class) of a CSV with these two columns. Raises BadInput, with the line of a wrong class."""
    rows = csv.DictReader(lines)
    if not {"text", "class"} <= set(rows.fieldnames or ()):
        raise BadInput.at(
            name, said("no columns 'text' and 'class'"), remedy=said("the first line must be: text,class")
        )
    found = []
    for row in rows:
        label = (row["class"] or "").strip()
        if CHINESE.get(label, label) not in CLASSES:
            what = said("no such complaint class: '{name}'", name=label)
            remedy = said("use one of {names}", names=", ".join(CLASSES))
            raise BadInput.at(name, what, line=rows.line_num, remedy=remedy)
        found.append((row["text"] or "", CHINESE.get(label, label)))
    return found


def trained(labels: Iterable[tuple[str, str]]) -> Classifier:
    """A classifier that knows the words of the trade and these labelled texts."""
    made = Classifier.started()
    for text, name in labels:
        made.learn(text, name)
    return made


def confusion(labels: Sequence[tuple[str, str]], folds: int = 5) -> Counter[tuple[str, str]]:
    """(true class, class read) → how many, each text read by a classifier that was trained on the other folds."""
    found: Counter[tuple[str, str]] = Counter()
    for fold in range(min(folds, len(labels))):
        made = trained(label for place, label in enumerate(labels) if place % folds != fold)
        found.update((name, made.read(text).name) for text, name in labels[fold::folds])
    return found
