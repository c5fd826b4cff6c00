"""Settings in YAML become notifiers; what is wrong in them is named by line; nothing heavy loads early."""

import subprocess
import sys

import pytest
from pydantic import create_model

from incident.domain.errors import BadInput
from incident.yamlfile import Strict, check, parse
from notifiers.registry import KINDS, build

Everything: type[Strict] = create_model(
    "Everything", __base__=Strict, **{kind: (model | None, None) for kind, (model, _) in KINDS.items()}
)
YAML = """\
slack:
  bot_token: xoxb-1-abc
  app_token: xapp-1-abc
email:
  host: mail.callcentre.example
  sender: tocsin@callcentre.example
webhook:
  secret: a-secret-of-some-length
console: {}
"""


def test_every_kind_can_be_configured_and_built() -> None:
    """One of each, by kind, from one YAML file."""
    settings = check(parse(YAML, "tocsin.yaml"), Everything)
    for kind in KINDS:
        notifier = build(kind, getattr(settings, kind))
        assert notifier.kind == kind
        notifier.close()


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        ("slack:\n  bot_tokn: x\n", "did you mean 'bot_token'"),
        ("slack:\n  bot_token: xoxp-secret-1\n", "tocsin.yaml:2: slack.bot_token"),
        ("slack:\n  bot_token: xoxb-1\n  app_token: xoxb-secret-1\n", "xapp-"),
        ("webhook:\n  secret: secret-1\n", "tocsin.yaml:2: webhook.secret"),
        ("pager: {}\n", "unknown field"),
    ],
)
def test_a_wrong_setting_is_named_without_showing_secrets(yaml: str, complaint: str) -> None:
    """File, line, field and remedy; never the value."""
    with pytest.raises(BadInput) as caught:
        check(parse(yaml, "tocsin.yaml"), Everything)
    assert complaint in str(caught.value)
    assert "secret-1" not in str(caught.value)


def test_reading_settings_does_not_load_the_slack_library() -> None:
    """Loading it costs every command a fifth of a second."""
    code = "import notifiers.registry, sys; sys.exit('slack_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
