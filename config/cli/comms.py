"""``tocsin comms``: what is said to whom: drafts, approvals, and what is due next."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.acting import Reason, act, look
from config.cli.base import As, IncidentId, command, group
from config.cli.context import Cli
from incident.domain import crisis_commands as k

if TYPE_CHECKING:
    from incident.domain.crisis_parts import Draft
    from incident.domain.crisis_views import LineStatus

app = group("Messages to those affected, inside and outside")

DraftId = Annotated[str, typer.Argument(metavar="DRAFT", help="Number of the draft, like d1")]


@command(app, "list", example="tocsin comms list INC-2026-0001")
def list_lines(cli: Cli, incident: IncidentId, as_: As = "") -> None:
    """List who hears what, what is due next, and drafts that wait"""
    from config.cli.house import house
    from incident.domain.crisis_views import comms_board

    with house(cli) as parts:
        found = look(parts, as_, incident)
        lines = comms_board(found, parts.clock.now())
    if cli.json:
        cli.data([_line_data(line) for line in lines])
        return
    cli.table(
        ("Line", "Audience", "Last said", "At", "Next message", "Due", "Waiting"),
        [(line.line.id, cli.words(line.line.audience), _said(cli, line), cli.time(line.released_at),
          _stage(cli, line.due), _due(cli, line), ", ".join(d.id for d in line.waiting)) for line in lines],
        empty="No message is planned for this incident yet",
    )  # fmt: skip


@command(
    app,
    "draft",
    example="tocsin comms draft INC-2026-0001 ivr first --field services=热线 --field-en services=hotline --as wu-hao",
)
def draft(
    cli: Cli,
    incident: IncidentId,
    line: Annotated[str, typer.Argument(help="Id of the line, see: tocsin comms list")],
    stage: Annotated[str, typer.Argument(metavar="first|update|clear", help="Which message of the line")],
    field: Annotated[
        list[str] | None, typer.Option("--field", metavar="NAME=TEXT", help="What goes into a gap")
    ] = None,
    field_en: Annotated[
        list[str] | None, typer.Option("--field-en", metavar="NAME=TEXT", help="The same in English, if it differs")
    ] = None,
    as_: As = "",
) -> None:
    """Fill in a message and put it before its approver"""
    from config.cli.house import house
    from incident.domain.words import Text
    from playbooks.command import CENTRE
    from playbooks.comms.run import draft as fill_in

    said, english = _fields(cli, field or []), _fields(cli, field_en or [])
    values = {name: Text(zh=text, en=english.get(name, text)) for name, text in said.items()}
    with house(cli) as parts:
        by = parts.actor(cli, as_)
        found = look(parts, as_, incident)
        write = fill_in(
            found, line, stage, values, parts.clock.now(), by=by, centre=CENTRE, timezone=cli.settings.timezone
        )
        done = parts.desk.do(write)
    _say_draft(cli, list(done.crisis.drafts.values())[-1])


@command(app, "approve", example="tocsin comms approve INC-2026-0001 d1 --as zhao-min")
def approve(cli: Cli, incident: IncidentId, draft: DraftId, as_: As = "") -> None:
    """Approve a draft: it goes out"""
    done = act(cli, as_, "", lambda by, _at: k.ApproveDraft(incident_id=incident, by=by, draft_id=draft))
    _say_draft(cli, done.crisis.drafts[draft])


@command(app, "reject", example='tocsin comms reject INC-2026-0001 d1 --reason "no time of recovery" --as zhao-min')
def reject(cli: Cli, incident: IncidentId, draft: DraftId, reason: Reason, as_: As = "") -> None:
    """Send a draft back, with the reason"""
    done = act(cli, as_, "", lambda by, _at: k.RejectDraft(incident_id=incident, by=by, draft_id=draft, reason=reason))
    _say_draft(cli, done.crisis.drafts[draft])


def _fields(cli: Cli, texts: list[str]) -> dict[str, str]:
    for text in texts:
        if not text.partition("=")[0].strip() or "=" not in text:
            cli.misuse("'{text}' is not a field; write it like services=IVR", text=text)
    return {name.strip(): value.strip() for name, _, value in (text.partition("=") for text in texts)}


def _say_draft(cli: Cli, draft: "Draft") -> None:
    if cli.json:
        cli.data(_draft_data(draft))
        return
    states = {
        "draft": cli.t("waits for approval"), "released": cli.t("is out"), "rejected": cli.t("was sent back"),
        "expired": cli.t("has expired"),
    }  # fmt: skip
    cli.say(f"{draft.id}  {draft.line}  {_stage(cli, draft.stage)}: {states[draft.status]}", style="bold")
    cli.say(f"zh  {draft.text.zh}")
    cli.say(f"en  {draft.text.en}")


def _stage(cli: Cli, stage: str) -> str:
    names = {
        "first": cli.t("first message"), "update": cli.t("update"), "clear": cli.t("all-clear"),
        "holding": cli.t("holding line"), "": "—",
    }  # fmt: skip
    return names[stage]


def _said(cli: Cli, line: "LineStatus") -> str:
    return f"{_stage(cli, line.stage)}{' ' + cli.t('expired') if line.expired else ''}"


def _due(cli: Cli, line: "LineStatus") -> str:
    return f"{cli.time(line.due_at)}{' ' + cli.t('overdue') if line.overdue else ''}"


def _draft_data(draft: "Draft") -> dict[str, Any]:
    return {
        "id": draft.id, "line": draft.line, "stage": draft.stage, "status": draft.status, "text": draft.text,
        "by": draft.by, "at": draft.at, "approved_by": draft.approved_by, "auto": draft.auto,
        "expires_at": draft.expires_at,
    }  # fmt: skip


def _line_data(line: "LineStatus") -> dict[str, Any]:
    return {
        "line": line.line.id, "part": line.line.part, "audience": line.line.audience, "channel": line.line.channel,
        "approver": line.line.approver, "stage": line.stage, "released_at": line.released_at, "due": line.due,
        "due_at": line.due_at, "overdue": line.overdue, "expired": line.expired,
        "waiting": [_draft_data(draft) for draft in line.waiting],
    }  # fmt: skip
