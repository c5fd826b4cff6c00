"""The one Jinja environment of the web room. Texts are escaped always; a name that is not there is an error."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from incident.domain.words import Text
from incident.i18n import LANGUAGES
from incident.report import crisis_words, words
from incident.report.crisis_words import anchor_text
from incident.report.findings import part_text, sample_text
from incident.report.words import channel_text, reason_text
from incident.web import times
from incident.web.crisis_wording import ADVICE, DUE_STAGES, FIELD_NAMES, STOCK_STATES
from incident.web.evidence_chart import evidence_chart
from incident.web.gate import Reader, parts_of
from incident.web.language import LANGUAGE_COOKIE, chosen
from incident.web.wording import DELIVERY_STATES, LEVEL_NAMES, LINE_KINDS, STATUS_NAMES

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
A_YEAR = 365 * 24 * 3600

_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    words=words,
    line_kinds=LINE_KINDS,
    level_names=LEVEL_NAMES,
    status_names=STATUS_NAMES,
    delivery_states=DELIVERY_STATES,
    cw=crisis_words,
    advice=ADVICE,
    due_stages=DUE_STAGES,
    field_names=FIELD_NAMES,
    stock_states=STOCK_STATES,
)


def page(request: Request, template: str, reader: Reader, *, status: int = 200, **context: object) -> HTMLResponse:
    """A finished page in the reader's language and zone."""
    html = _environment.get_template(template).render(**_common(request, reader), **context)
    response = HTMLResponse(html, status, headers={"Content-Language": reader.language, "Vary": "Cookie"})
    if asked := chosen(request):
        response.set_cookie(
            LANGUAGE_COOKIE, asked, max_age=A_YEAR, httponly=True, samesite="lax",
            secure=parts_of(request).links.base_url.startswith("https:"),
        )  # fmt: skip
    return response


def _common(request: Request, reader: Reader) -> dict[str, Any]:
    """What every template may use."""
    _, now, zone, language = reader.translate, reader.now, reader.zone, reader.language
    names = parts_of(request).views.names

    def text(value: Text | None) -> str:
        return value.in_(language) if value else ""

    def with_query(**changes: object) -> str:
        """The present address with some query values changed; an empty value removes its name."""
        kept = {**request.query_params, **changes}
        query = urlencode({name: str(value) for name, value in kept.items() if value not in ("", None)})
        # Two slashes at the start would make the link lead to another host.
        path = "/" + request.url.path.lstrip("/\\") if request.method == "GET" else "/"
        return f"{path}?{query}" if query else path

    return {
        "_": _, "reader": reader, "language": language, "languages": LANGUAGES, "now": now, "csrf": reader.csrf,
        "text": text, "with_query": with_query, "path": request.url.path,
        "zone": times.zone_name(zone, now),
        "when": lambda at: times.when(at, now, zone),
        "when_at": lambda second: times.when(datetime.fromtimestamp(second, UTC), now, zone),
        "ago": lambda at: times.ago(at, now, zone, language),
        "duration": lambda delta: times.duration(delta, language),
        "span": lambda delta: times.span(delta, _),
        "left": lambda at: times.left(at, now, zone, _),
        "anchor": lambda name: anchor_text(name, _),
        "person": lambda person_id: text(names.person(person_id)),
        "position": lambda position_id: text(names.position(position_id)),
        "owner": lambda who: text(names.position(who) if who in names.positions else names.person(who)),
        "actor": lambda who: text(names.actor(who)),
        "why": lambda reason: reason_text(reason, _),
        "part": lambda name: part_text(name, _),
        "sample": lambda sample: sample_text(sample, _),
        "via": lambda channel: channel_text(channel, _),
        "chart": lambda evidence: evidence_chart(evidence, _("What was seen over time, against what was expected")),
    }  # fmt: skip
