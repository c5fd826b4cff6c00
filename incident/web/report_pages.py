"""Issued reports and the report so far: a page around them, the report itself, downloads."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from incident.report.model import Report
from incident.report.render import render_html, render_json, render_markdown
from incident.web.gate import Browser, Parts, Reader
from incident.web.headers import report_policy
from incident.web.parts import WebParts
from incident.web.templating import page

router = APIRouter(include_in_schema=False)
Form = Literal["html", "md", "json"]


@router.get("/reports")
def reports(request: Request, reader: Browser, parts: Parts) -> HTMLResponse:
    """Issued reports, newest first."""
    return page(request, "reports.html", reader, reports=parts.views.reports(reader.viewer))


@router.get("/reports/{report_id}")
def issued(request: Request, report_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """A report as it was issued."""
    stored, report = parts.views.issued(reader.viewer, report_id)
    return _shown(request, reader, report, f"/reports/{report_id}", report_id, stored.created_at)


@router.get("/reports/{report_id}/view.{form}")
def issued_file(report_id: str, form: Form, reader: Browser, parts: Parts, save: bool = False) -> Response:
    """The issued report in one form; ``save=1`` offers it as a download."""
    _, report = parts.views.issued(reader.viewer, report_id)
    return report_file(report, form, reader, report_id if save else "", _name(parts, reader))


@router.get("/incidents/{incident_id}/report")
def so_far(request: Request, incident_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """The report as it would be now."""
    report = parts.views.report(reader.viewer, incident_id)
    return _shown(request, reader, report, f"/incidents/{incident_id}/report", "", None)


@router.get("/incidents/{incident_id}/report/view.{form}")
def so_far_file(incident_id: str, form: Form, reader: Browser, parts: Parts, save: bool = False) -> Response:
    """The report so far in one form."""
    report = parts.views.report(reader.viewer, incident_id)
    return report_file(report, form, reader, f"{incident_id}-so-far" if save else "", _name(parts, reader))


def report_file(report: Report, form: Form, reader: Reader, save_as: str, name: str = "") -> Response:
    """A report as HTML (one self-contained file), Markdown or JSON, in the reader's language and zone.

    ``name`` is whose copy it is; it is printed on it.
    """
    headers = {"Content-Language": reader.language}
    if save_as:
        headers["Content-Disposition"] = f'attachment; filename="{save_as}.{form}"'
    if form == "html":
        headers |= {"Content-Security-Policy": report_policy(), "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(render_html(report, reader.language, reader.zone.key, name), headers=headers)
    if form == "md":
        text = render_markdown(report, reader.language, reader.zone.key, name)
        return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)
    return Response(render_json(report), media_type="application/json", headers=headers)


def _shown(
    request: Request, reader: Reader, report: Report, base: str, report_id: str, issued_at: datetime | None
) -> HTMLResponse:
    return page(
        request, "report.html", reader, report=report, base=base, report_id=report_id, issued_at=issued_at,
        save=report_id or report.summary.incident_id,
    )  # fmt: skip


def _name(parts: WebParts, reader: Reader) -> str:
    return parts.views.names.person(reader.person).in_(reader.language) if reader.person else ""
