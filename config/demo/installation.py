"""The demo's own installation: a directory with settings, people, rules and a database, made afresh each time."""

import re
import shutil
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config.serve import running
from config.settings import DEFAULTS, BaseTocsinSettings, Listen, load_settings
from incident.domain.errors import BadInput, Conflict, Unavailable
from incident.domain.said import said
from incident.schema_faults import refusal

MARK = ".tocsin-demo"
DATA = "tocsin-data"
DETECTORS = Path(__file__).parent / "detectors.yaml"
_SETTINGS = """\
# The demo's installation. Look at it with: tocsin --config {home}/tocsin.yaml incident list --all
schema: tocsin/v1
language: {language}
timezone: Asia/Shanghai
console: {{}}
"""


def prepare(home: Path, language: str) -> Path:
    """Make the directory ready and write the configuration; the path of tocsin.yaml.

    What an earlier demo left there is replaced. Raises BadInput when the directory holds something else, Conflict
    while a demo runs in it, and Unavailable when it can't be written.
    """
    if running(home / DATA):
        raise Conflict(
            said("{home}: a demo is running here", home=home), remedy="stop it first, or choose another: --output DIR"
        )
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (home / MARK).exists() and any(home.iterdir()):
            raise BadInput(said("{home}: is not empty", home=home), remedy="choose another directory: --output DIR")
        _clear(home)
        (home / MARK).write_text("", "utf-8")
        for name in ("services", "people"):
            text = (DEFAULTS / f"{name}.yaml").read_text("utf-8")
            (home / f"{name}.yaml").write_text(_speaking(text, language) if name == "people" else text, "utf-8")
        (home / "detectors.yaml").write_text(DETECTORS.read_text("utf-8"), "utf-8")
        settings = _SETTINGS.format(home=home, language=language)
        (home / "tocsin.yaml").write_text(settings, "utf-8")
    except OSError as error:
        what = said("{file}: {problem}", file=home, problem=refusal(error)[0])
        raise Unavailable(what, remedy="choose another directory: --output DIR") from None
    return home / "tocsin.yaml"


def settings_of(file: Path, language: str, port: int) -> BaseTocsinSettings:
    """The settings of the demo's installation, listening on ``port`` of this machine.

    Variables win over files everywhere else; here they must not lead the demo into a real installation.
    """
    fixed: dict[str, Any] = {
        "database": SecretStr(""), "data": Path(DATA), "base_url": "", "board": None, "listen": Listen(port=port),
        "language": language, "timezone": "Asia/Shanghai",
        "people": Path("people.yaml"), "services": Path("services.yaml"), "detectors": Path("detectors.yaml"),
        "playbooks": Path("playbooks"), "webhooks": Path("webhooks"), "drills": Path("drills"),
    }  # fmt: skip
    settings = load_settings(file)
    return settings.model_copy(update=fixed)


def _clear(home: Path) -> None:
    """Remove what a demo writes, and nothing else."""
    shutil.rmtree(home / DATA, ignore_errors=True)
    for pattern in ("INC-*.html", "INC-*.md", "tocsin.log"):
        for path in home.glob(pattern):
            path.unlink()


def _speaking(people: str, language: str) -> str:
    """The shipped people; for an English demo they read English."""
    if language != "en":
        return people
    return re.sub(r"(    name: .*\n)(?!    language:)", r"\1    language: en\n", people)
