"""Signals with their evidence, what people think of them, and the rules that told them."""

import re
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.domain.errors import BadInput
from incident.domain.opinion import Opinion, Usefulness
from incident.domain.said import said
from incident.service.opinions import WEEKS
from incident.web.bounded import BoundedRoute
from incident.web.forms import SignedForm
from incident.web.gate import Browser, Parts, Reader
from incident.web.templating import page

_PLACE = re.compile(r"\{[a-z_]+\}")
"""Where a rule's title will name what it is about."""
router = APIRouter(route_class=BoundedRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Voices:
    """What people think of a signal: who said what, and what the reader said (empty: nothing)."""

    said: tuple[Opinion, ...] = ()
    mine: str = ""

    def count(self, verdict: str) -> int:
        """How many said so."""
        return sum(one.verdict == verdict for one in self.said)


@router.get("/signals")
def signals(request: Request, reader: Browser, parts: Parts, rule: str = "") -> HTMLResponse:
    """Recent signals, also those that were held back, with the reason; of one rule, or all."""
    found = [s for s in parts.views.signals(reader.viewer) if not rule or s.signal.rule == rule]
    return page(
        request, "signals.html", reader, signals=found, voices=_voices(parts.views.opinions(found), reader), rule=rule,
        no_voices=Voices(),
    )  # fmt: skip


@router.get("/signals/{signal_id:path}")
def signal(request: Request, signal_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """One signal: what was expected, what was seen, how unusual it is, and what people think of it."""
    stored = parts.views.signal(reader.viewer, signal_id)
    rule = next((line for line in parts.views.rules(reader.viewer, parts.book) if line.facts.id == stored.signal.rule),
                None)  # fmt: skip
    voices = _voices(parts.views.opinions([stored]), reader).get(signal_id, Voices())
    return page(request, "signal.html", reader, stored=stored, signal=stored.signal, voices=voices, rule=rule,
                joined=parts.views.joined(stored))  # fmt: skip


@router.post("/signals/judge")
def judge(reader: Browser, form: SignedForm, parts: Parts) -> Response:
    """Say whether a signal was worth being told, or take that back."""
    by, signal_id = reader.actor(), form["signal"]
    if form["verdict"] == "undo":
        parts.desk.take_back(signal_id, by)
    elif form["verdict"] in {known.value for known in Usefulness}:
        parts.desk.judge(signal_id, by, Usefulness(form["verdict"]), "web")
    else:
        raise BadInput("verdict: choose one", remedy=said("one of {names}, undo", names=", ".join(Usefulness)))
    back = form["back"]
    return RedirectResponse(back if back.startswith(("/signals", "/incidents/")) else "/signals", 303)


@router.get("/rules")
def rules(request: Request, reader: Browser, parts: Parts) -> HTMLResponse:
    """Every detection rule: its budget, how it keeps to it, and what people think of its signals."""
    return page(
        request,
        "rules.html",
        reader,
        lines=parts.views.rules(reader.viewer, parts.book),
        weeks=WEEKS,
        rule_title=lambda title: _PLACE.sub("…", title.in_(reader.language)),
    )


def _voices(opinions: dict[str, list[Opinion]], reader: Reader) -> dict[str, Voices]:
    return {
        name: Voices(tuple(said), next((one.verdict.value for one in said if one.person == reader.person), ""))
        for name, said in opinions.items()
    }
