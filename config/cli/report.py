"""``tocsin report``: what happened, for management to read."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import As, command, group
from config.cli.context import Cli

if TYPE_CHECKING:
    from config.cli.house import House
    from incident.report.model import Report

app = group("Post-incident reports")


class Form(StrEnum):
    """Forms a report comes in."""

    HTML = "html"
    MARKDOWN = "md"
    JSON = "json"


@command(app, "list", example="tocsin report list")
def list_reports(cli: Cli, as_: As = "") -> None:
    """List the reports that were issued, newest first"""
    from config.cli.house import house
    from config.cli.incident_lines import title

    with house(cli) as parts:
        found = parts.views.reports(parts.viewer(as_))
    if cli.json:
        cli.data([
            {"id": report.id, "incident": report.incident_id, "title": line.title, "hidden": line.hidden,
             "final": report.final, "drill": report.drill, "created_at": report.created_at}
            for report, line in found
        ])  # fmt: skip
        return
    rows = (
        (report.id, title(cli, cli.words(line.title), drill=line.drill), cli.time(report.created_at))
        for report, line in found
    )
    cli.table(("Report", "Incident", "Issued"), rows, empty="No reports were issued yet.")


@command(app, "show", example="tocsin report show INC-2026-0001 --format html -o report.html")
def show(
    cli: Cli,
    which: Annotated[str, typer.Argument(metavar="INCIDENT|REPORT", help="An incident, as it stands now; or a report")],
    form: Annotated[Form, typer.Option("--format", help="How to write it")] = Form.MARKDOWN,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there", show_default=False)
    ] = None,
    as_: As = "",
) -> None:
    """Write a report: as issued, or of an incident at any moment so far"""
    from config.cli.house import house

    with house(cli) as parts:
        viewer = parts.viewer(as_)
        issued = "-r" in which.removeprefix("INC-").removeprefix("DRL-")
        report = parts.views.issued(viewer, which)[1] if issued else parts.views.report(viewer, which)
        text = _rendered(cli, parts, report, Form.JSON if cli.json else form, as_)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text, "utf-8")
        cli.note(cli.t("Written to {path}").format(path=output), style="")


def _rendered(cli: Cli, parts: "House", report: "Report", form: Form, as_: str) -> str:
    from incident.report.render import render_html, render_json, render_markdown

    if form is Form.JSON:
        return render_json(report).decode()
    copy_for = cli.words(parts.names.person(as_)) if as_ else ""
    render = render_html if form is Form.HTML else render_markdown
    return render(report, cli.language, cli.settings.timezone, copy_for)
