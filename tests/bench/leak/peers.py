"""Other scanners on the same texts: detect-secrets, and Presidio's pattern recognisers, where they are installed."""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Found = tuple[str, int, int]
Finder = Callable[[str], list[Found]]

_PRESIDIO = {
    "bank_card": "CreditCardRecognizer",
    "iban": "IbanRecognizer",
    "us_ssn": "UsSsnRecognizer",
    "cn_mobile": "PhoneRecognizer",
}


def peers() -> Iterator[tuple[str, Finder]]:
    """Name and finder of each peer there is."""
    if importlib.util.find_spec("presidio_analyzer"):
        yield "presidio patterns", _presidio()
    if importlib.util.find_spec("detect_secrets"):
        yield "detect-secrets", _detect_secrets()


def _presidio() -> Finder:
    module: Any = importlib.import_module("presidio_analyzer.predefined_recognizers")
    recognisers = []
    for kind, name in _PRESIDIO.items():
        options = {"supported_regions": ("CN",)} if kind == "cn_mobile" else {}
        recognisers.append((kind, getattr(module, name)(**options)))

    def find(text: str) -> list[Found]:
        return [
            (kind, one.start, one.end)
            for kind, recogniser in recognisers
            for one in recogniser.analyze(text, recogniser.supported_entities, None) or ()
            if one.score >= 0.4
        ]

    return find


def _detect_secrets() -> Finder:
    secrets: Any = importlib.import_module("detect_secrets")
    settings: Any = importlib.import_module("detect_secrets.settings")

    def find(text: str) -> list[Found]:
        collection = secrets.SecretsCollection()
        with TemporaryDirectory() as folder, settings.default_settings():
            path = Path(folder) / "text.log"
            path.write_text(text, "utf-8")
            collection.scan_file(str(path))
        return [("secret", one.line_number, one.line_number) for _, one in collection]

    return find
