"""The app manifest asks for what the code uses, and for nothing more."""

from importlib.resources import files

from incident.yamlfile import parse

NEEDED = {
    "chat:write": "chat.postMessage, chat.update, chat.postEphemeral",
    "chat:write.public": "boards in public channels",
    "commands": "/tocsin",
    "files:write": "files of reports",
    "im:write": "direct messages",
}


def test_the_manifest_grants_exactly_what_is_needed() -> None:
    """Least privilege: no reading of channels, users or history."""
    manifest = parse(files("notifiers.slack").joinpath("manifest.yaml").read_text("utf-8"), "manifest").data
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(NEEDED)
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_enabled"] is True
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == ["/tocsin"]
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
