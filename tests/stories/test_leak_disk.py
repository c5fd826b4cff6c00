"""A story of what stands on the disk after a fact was worked on: not the personal data that was in it."""

from pathlib import Path

from incident.store.uow import Database
from tests.harness import Stage

CITIZEN, PHONE = "11010519491231002X", "13612345671"


def test_the_text_of_a_message_is_gone_from_every_file_once_the_detectors_have_read_it(tmp_path: Path) -> None:
    """The inbox erases the body; SQLite's journal, which still held it, is emptied while Tocsin runs."""
    stage = Stage(tmp_path)
    text = f"身份证 {CITIZEN} 手机 {PHONE}"
    stage.send(stage.event("message.sent", to="a@b.cn", text=text, channel="mail", agent="ag1", user="ag1"))
    with stage.system.database.reading() as store:
        assert store.inbox.count() == 0
    (file,) = tmp_path.rglob("*.db")

    with Database(f"sqlite:///{file}", wipe_every_s=0.0).unit():
        pass  # the next write transaction of whatever kind

    for each in tmp_path.rglob("*.db*"):
        found = each.read_bytes()
        assert CITIZEN.encode() not in found, each.name
        assert PHONE.encode() not in found, each.name
    stage.system.close()
