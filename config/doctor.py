"""Examines an installation without changing it. Each finding names what to do about it, in English keys."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from config.doctor_stream import distributed
from config.finding import Finding, State
from config.settings import BaseTocsinSettings, load_settings
from detectors.rules import load_rules
from incident.domain.errors import BadInput, TocsinError
from incident.domain.roster import Roster
from incident.intake.mapping import load_webhooks
from incident.report.words import msg
from incident.service.roster_file import load as load_roster
from incident.service.services_file import load_services
from incident.store.uow import Database
from notifiers.slack.errors import FAILURES, told
from notifiers.slack.notifier import web_client
from notifiers.slack.settings import SlackSettings
from playbooks.loader import load as load_playbooks
from playbooks.schedule import gaps

LITTLE_SPACE = 1_000_000_000
NO_SPACE = 100_000_000
AHEAD = timedelta(days=14)
_MOST = 5
"""So many findings of one kind are told; more of them say nothing new."""


def examine(config: Path | None) -> Iterator[Finding]:
    """All findings, in the order in which they are found. ``config`` None: the shipped defaults."""
    try:
        settings = load_settings(config)
    except BadInput as error:
        yield from _faults(msg("settings"), error)
        return
    yield _settings(config)
    rosters: list[Roster] = []
    yield from _files(settings, rosters.append)
    yield from _database(settings)
    yield from distributed(settings)
    yield _disk(settings)
    yield _clock(datetime.now(UTC))
    yield from _channels(settings)
    for roster in rosters:
        yield from _staffed(roster, datetime.now(UTC))
    yield from _address(settings)


def _settings(config: Path | None) -> Finding:
    if config is None:
        what = msg("no tocsin.yaml here: shipped defaults are in use")
        return Finding(msg("settings"), "warn", what, msg("write your own with: tocsin init"))
    return Finding(msg("settings"), "ok", str(config))


def _files(settings: BaseTocsinSettings, keep: Callable[[Roster], None]) -> Iterator[Finding]:
    try:
        found = load_roster(settings.path(settings.people), set(settings.notifier_settings()))
        keep(found.roster)
        yield Finding(msg("people"), "ok", msg("{count} people"), values={"count": len(found.roster.people)})
        yield from _some(Finding(msg("people"), "warn", warning) for warning in found.warnings)
        playbooks = load_playbooks(settings.path(settings.playbooks), found.roster)
        yield Finding(msg("playbooks"), "ok", msg("{count} playbooks"), values={"count": len(playbooks)})
    except BadInput as error:
        yield from _faults(msg("people and playbooks"), error)
    readers: tuple[tuple[str, str, Callable[[], int]], ...] = (
        (msg("services"), msg("{count} services"),
         lambda: len(load_services(settings.path(settings.services)).services)),
        (msg("detectors"), msg("{count} rules in use"), lambda: len(load_rules(settings.path(settings.detectors)))),
        (msg("webhooks"), msg("{count} mappings"), lambda: _webhooks(settings)),
    )  # fmt: skip
    for name, what, count in readers:
        try:
            yield Finding(name, "ok", what, values={"count": count()})
        except BadInput as error:
            yield from _faults(name, error)


def _database(settings: BaseTocsinSettings) -> Iterator[Finding]:
    name = msg("database")
    if not settings.database.get_secret_value() and not (settings.path(settings.data) / "tocsin.db").exists():
        yield Finding(name, "warn", msg("there is none yet"), msg("'tocsin up' makes it"))
        return
    try:
        database = Database(settings.database_url)
        try:
            with database.reading() as store:
                waiting, dead = store.inbox.count(), store.dead.count()
                newest = store.incidents.rows(limit=1)
        finally:
            database.close()
    except TocsinError as error:
        yield Finding(name, "fail", error.message, error.remedy or "")
        return
    yield Finding(name, "ok", msg("{database} is up to date; {waiting} facts wait"),
                  values={"database": database.name, "waiting": waiting})  # fmt: skip
    if dead:
        what, remedy = msg("{count} items could not be taken"), msg("look at them: tocsin deadletter list")
        yield Finding(name, "warn", what, remedy, {"count": dead})
    if newest and newest[0].updated_at > datetime.now(UTC) + timedelta(minutes=1):
        what = msg("the newest incident lies in the future: the clock has gone back")
        yield Finding(msg("clock"), "fail", what, msg("set the machine's clock by NTP"))


def _disk(settings: BaseTocsinSettings) -> Finding:
    place = settings.path(settings.data).resolve()
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        remedy = msg("check that it belongs to the user Tocsin runs as")
        what = msg("the data directory {place} can't be written")
        return Finding(msg("disk"), "fail", what, remedy, {"place": str(place)})
    free = shutil.disk_usage(place).free
    state: State = "fail" if free < NO_SPACE else "warn" if free < LITTLE_SPACE else "ok"
    remedy = "" if state == "ok" else msg("free space, or move the data directory (data: in tocsin.yaml)")
    return Finding(msg("disk"), state, msg("{free} GB free"), remedy, {"free": f"{free / 1e9:.1f}"})


def _clock(now: datetime) -> Finding:
    written = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    drift = abs(time.time() - now.timestamp())
    if now < written - timedelta(days=1) or drift > 5:
        return Finding(msg("clock"), "fail", msg("the machine's clock is wrong: {now}"),
                       msg("set the machine's clock by NTP"), {"now": f"{now:%Y-%m-%d %H:%M} UTC"})  # fmt: skip
    return Finding(msg("clock"), "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def _channels(settings: BaseTocsinSettings) -> Iterator[Finding]:
    chosen, name = settings.notifier_settings(), msg("channels")
    if not chosen:
        yield Finding(name, "fail", msg("no channel is set up: nobody can be paged"), msg("see docs/notifiers.md"))
    elif set(chosen) == {"console"}:
        what = msg("only the console is set up: nobody is paged outside this terminal")
        yield Finding(name, "warn", what, msg("set up Slack or e-mail in tocsin.yaml, see docs/notifiers.md"))
    else:
        yield Finding(name, "ok", ", ".join(chosen))
    if settings.board is not None and settings.board.via not in chosen:
        what = msg("board.via: '{via}' is not set up")
        yield Finding(name, "warn", what, msg("set it up, or take board out"), {"via": settings.board.via})
    if isinstance(slack := chosen.get("slack"), SlackSettings):
        yield from _slack(slack)


def _slack(settings: SlackSettings) -> Iterator[Finding]:
    try:
        answer = web_client(settings).auth_test()
    except FAILURES as error:
        why = told(error)
        remedy = msg("check bot_token, see docs/slack.md") if why.permanent else msg("check the network and the proxy")
        yield Finding("Slack", "fail", why.message, remedy)
        return
    yield Finding("Slack", "ok", str(answer.get("team", "")))
    if settings.app_token is None and settings.signing_secret is None:
        what = msg("buttons can't be heard: neither app_token nor signing_secret is set")
        yield Finding("Slack", "warn", what, msg("set app_token for Socket Mode, see docs/slack.md"))


def _staffed(roster: Roster, now: datetime) -> Iterator[Finding]:
    found = gaps(roster, now, now + AHEAD)
    if not found:
        yield Finding(msg("duty"), "ok", msg("all positions are held for the next {days} days"),
                      values={"days": AHEAD.days})  # fmt: skip
    positions = dict.fromkeys(gap.position for gap in found)
    yield from _some(
        Finding(msg("duty"), "warn", msg("'{position}' is not held at times"), msg("see: tocsin oncall check"),
                {"position": position})
        for position in positions
    )  # fmt: skip


def _address(settings: BaseTocsinSettings) -> Iterator[Finding]:
    name = msg("address")
    if not settings.base_url:
        beyond = set(settings.notifier_settings()) - {"console"}
        if beyond:
            what = msg("base_url is not set: links in messages lead to this machine alone")
            yield Finding(name, "warn", what, msg("set base_url to the address people reach this site by"))
        return
    try:
        answer = httpx.get(f"{settings.public_url}/healthz", timeout=3.0, follow_redirects=True)
        reached = answer.status_code == 200
    except (httpx.HTTPError, httpx.InvalidURL):
        reached = False
    if reached:
        yield Finding(name, "ok", settings.public_url)
    else:
        what = msg("{url} does not answer as Tocsin from here")
        yield Finding(name, "warn", what, msg("start it (tocsin up), then check the proxy and the name"),
                      {"url": settings.public_url})  # fmt: skip


def _webhooks(settings: BaseTocsinSettings) -> int:
    own = settings.path(settings.webhooks)
    return len(load_webhooks([own] if own.is_dir() else []))


def _faults(name: str, error: BadInput) -> Iterator[Finding]:
    for number, fault in enumerate(error.faults):
        yield Finding(name, "fail", fault, (error.remedy or "") if number == 0 else "")


def _some(findings: Iterator[Finding]) -> Iterator[Finding]:
    for number, one in enumerate(findings):
        if number == _MOST:
            yield Finding(one.name, one.state, msg("… and more"), msg("see: tocsin oncall check"))
            return
        yield one
