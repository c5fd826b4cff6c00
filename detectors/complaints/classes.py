"""The five classes of complaints (handbook H4.1): a classifier that says why, trained on the user's own labels.

Multinomial naive Bayes over the pieces of the text. It starts from words every call centre knows, which count like a
few labelled examples each and are outvoted by real ones.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log

from detectors.complaints.grams import grams
from incident.domain.errors import BadInput

CLASSES = ("product_quality", "service_attitude", "service_process", "price", "other")
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


@dataclass(slots=True)
class Classifier:
    """``counts``: class → piece → how often; ``texts``: class → how many labelled texts."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in CLASSES})
    texts: Counter[str] = field(default_factory=Counter)

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
        if name not in CLASSES:
            raise BadInput(f"no such complaint class: {name!r}", remedy=f"use one of {', '.join(CLASSES)}")
        self.counts[name].update(grams(text))
        self.texts[name] += 1

    def read(self, text: str, most: int = 5) -> Reading:
        """The most likely class and why; ``other`` when nothing in the text is known."""
        pieces = Counter(grams(text))
        known = {piece: times for piece, times in pieces.items() if any(piece in self.counts[one] for one in CLASSES)}
        if not known:
            return Reading("other", dict.fromkeys(CLASSES, 1 / len(CLASSES)), ())
        sizes = {name: sum(self.counts[name].values()) for name in CLASSES}
        vocabulary = len(set().union(*self.counts.values()))
        all_texts = sum(self.texts.values())
        weights = {
            name: {
                piece: times * log((self.counts[name][piece] + _SMOOTHING) / (sizes[name] + _SMOOTHING * vocabulary))
                for piece, times in known.items()
            }
            for name in CLASSES
        }
        totals = {
            name: sum(weights[name].values())
            + log((self.texts[name] + _CLASS_SMOOTHING) / (all_texts + _CLASS_SMOOTHING * len(CLASSES)))
            for name in CLASSES
        }
        return _reading(totals, weights, known, most)

    def dump(self) -> str:
        """As JSON a person can read."""
        return json.dumps(
            {"schema": "complaint-classes/v1", "texts": self.texts, "counts": self.counts}, ensure_ascii=False, indent=1
        )


def _reading(
    totals: Mapping[str, float], weights: Mapping[str, Mapping[str, float]], known: Iterable[str], most: int
) -> Reading:
    best = max(CLASSES, key=lambda name: totals[name])
    highest = totals[best]
    raw = {name: exp(max(-700.0, total - highest)) for name, total in totals.items()}
    chances = {name: value / sum(raw.values()) for name, value in raw.items()}
    gains = {
        piece: weights[best][piece] - max(weights[name][piece] for name in CLASSES if name != best) for piece in known
    }
    why = sorted(((piece, gain) for piece, gain in gains.items() if gain > 0), key=lambda pair: (-pair[1], pair[0]))
    return Reading(best, chances, tuple((piece, round(gain, 2)) for piece, gain in why[:most]))


def loaded(text: str, name: str) -> Classifier:
    """What ``dump`` wrote. Raises BadInput when it is something else."""
    try:
        found = json.loads(text)
        counts = {one: Counter({str(k): int(v) for k, v in found["counts"][one].items()}) for one in CLASSES}
        return Classifier(counts, Counter({one: int(found["texts"].get(one, 0)) for one in CLASSES}))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{name}: no complaint classifier", remedy="train one from labelled complaints") from None


def trained(lines: Iterable[str], name: str) -> Classifier:
    """From a CSV with the columns ``text`` and ``class``. Raises BadInput, with the line of a wrong class."""
    rows = csv.DictReader(lines)
    if not {"text", "class"} <= set(rows.fieldnames or ()):
        raise BadInput(f"{name}: no columns 'text' and 'class'", remedy="the first line must be: text,class")
    made = Classifier.started()
    for row in rows:
        try:
            made.learn(row["text"] or "", (row["class"] or "").strip())
        except BadInput as error:
            raise BadInput(f"{name}:{rows.line_num}: {error.message}", remedy=error.remedy) from None
    return made
