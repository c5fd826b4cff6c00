"""Text → small pieces that can be counted without a dictionary: pairs of Chinese characters, words of other scripts."""

import re
from itertools import pairwise
from unicodedata import normalize

_RUNS = re.compile(r"[\u4e00-\u9fff]+|[a-z][a-z'-]{2,}")
_IDLE_HAN = frozenset("的了是我你他她它们在和与及或就都也还又很被把给对从到这那个一不有没吗呢吧啊呀哦嗯请您")
_IDLE_WORDS = frozenset(
    [
        "the",
        "and",
        "for",
        "are",
        "was",
        "were",
        "you",
        "your",
        "with",
        "that",
        "this",
        "have",
        "has",
        "had",
        "not",
        "but",
        "from",
        "they",
        "there",
        "been",
        "will",
        "would",
        "can",
        "our",
        "all",
        "any",
        "when",
        "what",
        "which",
        "who",
        "how",
        "its",
        "his",
        "her",
        "him",
        "she",
        "out",
        "get",
        "got",
        "just",
        "than",
        "then",
        "them",
        "very",
        "too",
    ]
)
LONGEST = 4000


def grams(text: str) -> list[str]:
    """The pieces in order, repeated as they occur. Digits are left out: they are never a topic, often a person."""
    found: list[str] = []
    for run in _RUNS.findall(normalize("NFKC", text[:LONGEST]).lower()):
        if run[0] >= "\u4e00":
            found += [pair for pair in map("".join, pairwise(run)) if not _IDLE_HAN.intersection(pair)]
        elif run not in _IDLE_WORDS:
            found.append(run)
    return found


def phrases(counts: dict[str, float], alike: float = 0.7) -> dict[str, float]:
    """Overlapping pairs that occur about equally often, joined to the phrase they come from, commonest first."""
    left = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    joined: dict[str, float] = {}
    while left:
        phrase, count = next(iter(left.items()))
        del left[phrase]
        grew = phrase[0] >= "\u4e00"
        while grew and len(phrase) < 12:
            grew = False
            for other, much in left.items():
                if other[0] < "\u4e00" or much < alike * count:
                    continue
                if other[0] == phrase[-1] or other[-1] == phrase[0]:
                    phrase = phrase + other[1:] if other[0] == phrase[-1] else other[:-1] + phrase
                    del left[other]
                    grew = True
                    break
        joined[phrase] = count
    return joined
