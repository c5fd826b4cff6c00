"""Measure the leak detectors and print the tables of docs/leak-detection.md: ``python -m tests.bench.leak.run``."""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from detectors.scan import Scanner
from detectors.scan.prefilter import available
from tests.bench.leak.behaviour import DETECTORS, measure
from tests.bench.leak.peers import Finder, Found, peers
from tests.bench.leak.people import World
from tests.bench.leak.texts import Labelled, chinese, logs, western

TUNED, HELD = (1, 2, 3, 4), (101, 102, 103, 104)
OTHER = World(scatter=0.7, sessions=2.5, shift_share=0.25, bursts=0.008, late=0.03)
"""A rougher world than the one the detectors were made with: more scatter, fewer exports, more shifts."""
WORLDS = (("as made with", TUNED, World()), ("other seeds", HELD, World()), ("rougher world, other seeds", HELD, OTHER))


def main() -> None:
    """All tables, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", choices=["text", "logs", "speed", "behaviour", []], default=[])
    parser.add_argument("--logs", type=Path, nargs="*", default=[], help="clean logs of your own")
    options = parser.parse_args()
    wanted = set(options.tables) or {"text", "logs", "speed", "behaviour"}
    tables = {
        "text": _text,
        "logs": lambda: _logs(options.logs),
        "speed": lambda: _speed(options.logs),
        "behaviour": _behaviour,
    }
    for name, make in tables.items():
        if name in wanted:
            for line in make():
                print(line, flush=True)
            print()


def _ours() -> Finder:
    scanner = Scanner()
    return lambda text: [(one.type, one.start, one.end) for one in scanner.scan(text)]


def _text() -> Iterator[str]:
    yield "| texts | type | scanner | precision | recall | spans | clean texts flagged |"
    yield "|---|---|---|---|---|---|---|"
    for title, texts in (("Chinese", chinese(31, 6000)), ("English", western(31, 2000))):
        for name, find in (("tocsin", _ours()), *peers()):
            if name == "detect-secrets":
                continue
            yield from _by_type(title, name, find, texts)


def _by_type(title: str, name: str, find: Finder, texts: list[Labelled]) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    flagged = 0
    for one in texts:
        found = find(one.text)
        flagged += bool(found) and not one.spans
        for kind, start, end in found:
            counts[kind, "right" if _meets((kind, start, end), one.spans) else "wrong"] += 1
        for span in one.spans:
            counts[span[0], "seen" if _meets(span, found) else "missed"] += 1
    for kind in sorted({span[0] for one in texts for span in one.spans}):
        right, wrong = counts[kind, "right"], counts[kind, "wrong"]
        seen, missed = counts[kind, "seen"], counts[kind, "missed"]
        precision = f"{right / (right + wrong):.3f}" if right + wrong else "–"
        recall = f"{seen / (seen + missed):.3f}"
        yield f"| {title} | {kind} | {name} | {precision} | {recall} | {seen + missed} | {flagged} |"


def _meets(span: Found, others: Iterable[Found]) -> bool:
    return any(kind == span[0] and start < span[2] and end > span[1] for kind, start, end in others)


def _log_lines(paths: list[Path]) -> Iterator[tuple[str, list[str]]]:
    yield "made up", logs(31, 20_000)
    for path in paths:
        yield path.name, path.read_text("utf-8", errors="replace").splitlines()


def _logs(paths: list[Path]) -> Iterator[str]:
    yield "| clean log | lines | scanner | hits | for each 1,000 lines |"
    yield "|---|---|---|---|---|"
    for title, lines in _log_lines(paths):
        for name, find in (("tocsin", _ours()), *peers()):
            some = lines if name == "tocsin" else lines[:2000]
            hits = len(find("\n".join(some)))
            yield f"| {title} | {len(some)} | {name} | {hits} | {1000 * hits / len(some):.2f} |"


def _speed(paths: list[Path]) -> Iterator[str]:
    yield "| text | scanner | MB/s of processor time |"
    yield "|---|---|---|"
    corpora = [(title, "\n".join(lines)) for title, lines in _log_lines(paths)]
    corpora.append(("Chinese messages, half with findings", "\n".join(one.text for one in chinese(31, 6000))))
    ways: list[tuple[str, Callable[[str], object]]] = [("tocsin", Scanner().scan)]
    if available():
        fast = Scanner(fast=True)
        fast.scan("warm up\n" * 1000)
        ways.append(("tocsin with hyperscan", fast.scan))
    for title, text in corpora:
        for name, scan in (*ways, *peers()):
            part = text if name.startswith("tocsin") else text[:200_000]
            yield f"| {title} | {name} | {_rate(scan, part):.1f} |"


def _rate(scan: Callable[[str], object], text: str) -> float:
    """Best of three, in pieces of a quarter of a megabyte, as files are read."""
    pieces, at = [], 0
    while at < len(text):
        end = text.find("\n", at + 250_000)
        end = len(text) if end < 0 else end
        pieces.append(text[at:end])
        at = end + 1
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        for piece in pieces:
            scan(piece)
        best = min(best, time.process_time() - begin)
    return len(text.encode()) / 1e6 / max(best, 1e-9)


def _behaviour() -> Iterator[str]:
    yield "| theft | worlds | found | false alarms a week (budget 5) | median days to the alarm |"
    yield "|---|---|---|---|---|"
    for title, seeds, world in WORLDS:
        scores = [one for seed in seeds for one in measure(seed, world)]
        for kind in DETECTORS:
            mine = [one for one in scores if one.kind == kind]
            found, planted = sum(one.found for one in mine), sum(one.planted for one in mine)
            false = sum(one.false_per_week for one in mine) / len(mine)
            delay = sorted(one.delay_days for one in mine)[len(mine) // 2]
            yield f"| {kind} | {title} | {found}/{planted} = {found / planted:.2f} | {false:.1f} | {delay:.1f} |"


if __name__ == "__main__":
    main()
