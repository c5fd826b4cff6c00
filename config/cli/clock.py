"""``tocsin clock``: deadlines for reports to authorities and clients. Information, not legal advice."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.acting import At, Note, Reason, act, look
from config.cli.base import As, IncidentId, command, group
from config.cli.context import Cli
from config.cli.naming import Naming
from incident.domain import crisis_commands as k
from incident.domain.said import said

if TYPE_CHECKING:
    from incident.domain.crisis_clocks import ClockLine
    from incident.domain.crisis_plan import ClockTerms

app = group("Reporting deadlines: what the law and contracts ask for, until when")

ClockId = Annotated[str, typer.Argument(metavar="CLOCK", help="Id of the clock, see: tocsin clock list")]


@command(app, "list", example="tocsin clock list INC-2026-0001 --as sun-qian")
def list_clocks(
    cli: Cli,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Its clocks; without one the whole book")] = "",
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", metavar="CN|EU|…", help="One jurisdiction only")] = "",
    as_: As = "",
) -> None:
    """List the clocks of an incident, or those of the clock book"""
    from config.cli.house import house
    from incident.domain.crisis_clocks import clock_board

    with house(cli) as parts:
        if incident:
            _board(cli, list(clock_board(look(parts, as_, incident), parts.clock.now())))
        else:
            _book(cli, jurisdiction)


@command(app, "show", example="tocsin clock show cn-cac-4h --incident INC-2026-0001 --as sun-qian")
def show(
    cli: Cli,
    clock: ClockId,
    incident: Annotated[str, typer.Option("--incident", metavar="INCIDENT", help="How it stands there")] = "",
    as_: As = "",
) -> None:
    """Show a clock: its terms, its source, the questions that decide, how it stands"""
    from config.cli.house import house
    from incident.domain.crisis_clocks import NOT_ADVICE, clock_board
    from incident.domain.errors import NotFound
    from playbooks.clockbook.book import load_book

    with house(cli) as parts:
        line = None
        if incident:
            board = clock_board(look(parts, as_, incident), parts.clock.now())
            line = next((one for one in board if one.clock.terms.id == clock), None)
        terms = line.clock.terms if line else load_book(parts.settings.home / "clockbook").clocks.get(clock)
    if terms is None or (incident and line is None):
        raise NotFound(said("There is no clock '{clock}'", clock=clock), remedy="see: tocsin clock list")
    if cli.json:
        cli.data({**_terms_data(terms), **({"standing": _line_data(line)} if line else {})})
        return
    _say_terms(cli, terms)
    if line:
        _say_line(cli, line)
    cli.say(cli.words(NOT_ADVICE), style="yellow")


@command(app, "start", example="tocsin clock start INC-2026-0001 gdpr-33 --owner dpo --backup legal_head --as sun-qian")
def start(
    cli: Cli,
    incident: IncidentId,
    clock: ClockId,
    owner: Annotated[str, typer.Option("--owner", metavar="POSITION", help="Position that sees to it")],
    backup: Annotated[str, typer.Option("--backup", metavar="POSITION", help="Position that is called next")],
    as_: As = "",
) -> None:
    """Put a clock of the book on an incident's wall"""
    from config.cli.house import house
    from playbooks.clockbook.book import load_book
    from playbooks.clockbook.schema import ClockUse

    with house(cli) as parts:
        book = load_book(parts.settings.home / "clockbook")
    terms = book.terms(ClockUse(use=clock, owner=owner, backup=backup))
    act(cli, as_, "", lambda by, _at: k.StartClock(incident_id=incident, by=by, terms=terms))
    _after(cli, incident, as_)


@command(
    app,
    "answer",
    example='tocsin clock answer INC-2026-0001 graded_major yes --reason "1.2 million people" --as sun-qian',
)
def answer(
    cli: Cli,
    incident: IncidentId,
    question: Annotated[str, typer.Argument(help="Id of the question, see: tocsin clock show")],
    value: Annotated[str, typer.Argument(metavar="yes|no|unknown", help="The answer")],
    reason: Reason = "",
    as_: As = "",
    at: At = "",
) -> None:
    """Answer a question that decides about clocks; it stops none"""
    act(cli, as_, at, lambda by, when: k.AnswerQuestion(
        incident_id=incident, by=by, at=when, question=question, answer=value, reason=reason))  # fmt: skip
    _after(cli, incident, as_)


@command(app, "anchor", example='tocsin clock anchor INC-2026-0001 aware 09:40 --source "call log" --as sun-qian')
def anchor(
    cli: Cli,
    incident: IncidentId,
    name: Annotated[str, typer.Argument(metavar="aware|discovered|classified|determined|assessed|handled",
                                        help="What happened")],
    when: Annotated[str, typer.Argument(metavar="TIME", help="When: 14:05 or 2026-03-01T14:05")],
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="How that is known")],
    as_: As = "",
) -> None:  # fmt: skip
    """Say when something happened that clocks count from; they are computed anew"""
    from config.cli.when import moment

    found = moment(cli, when, cli.zone)
    if found is None:
        cli.misuse("say when it happened")
    act(
        cli, as_, "", lambda by, _at: k.SetAnchor(incident_id=incident, by=by, anchor=name, moment=found, source=source)
    )
    _after(cli, incident, as_)


@command(
    app,
    "decide",
    example='tocsin clock decide INC-2026-0001 cn-cac-4h not_required --reason "graded minor" --as sun-qian',
)
def decide(
    cli: Cli,
    incident: IncidentId,
    clock: ClockId,
    decision: Annotated[str, typer.Argument(metavar="required|not_required|unknown", help="What you sign")],
    reason: Reason = "",
    as_: As = "",
    at: At = "",
) -> None:
    """Sign whether a report is required; unknown keeps ticking"""
    act(cli, as_, at, lambda by, when: k.DecideClock(
        incident_id=incident, by=by, at=when, clock_id=clock, decision=decision, reason=reason))  # fmt: skip
    _after(cli, incident, as_)


@command(app, "file", example="tocsin clock file INC-2026-0001 cn-cac-4h --receipt 12387-0456 --as sun-qian")
def file(
    cli: Cli,
    incident: IncidentId,
    clock: ClockId,
    receipt: Annotated[str, typer.Option("--receipt", metavar="NUMBER", help="What proves that it was received")] = "",
    note: Note = "",
    late_reason: Annotated[str, typer.Option("--late-reason", metavar="TEXT", help="Why it went too late")] = "",
    as_: As = "",
    at: At = "",
) -> None:
    """Record that a report was made; later reports count from it"""
    act(cli, as_, at, lambda by, when: k.FileClock(
        incident_id=incident, by=by, at=when, clock_id=clock, receipt=receipt, note=note, late_reason=late_reason,
    ))  # fmt: skip
    _after(cli, incident, as_)


def _after(cli: Cli, incident: str, as_: str) -> None:
    list_clocks(cli, incident, "", as_)


def _book(cli: Cli, jurisdiction: str) -> None:
    from incident.domain.crisis_clocks import NOT_ADVICE
    from playbooks.clockbook.book import load_book

    found = [t for t in load_book(cli.settings.home / "clockbook").clocks.values()
             if not jurisdiction or t.jurisdiction.casefold() == jurisdiction.casefold()]  # fmt: skip
    if cli.json:
        cli.data([_terms_data(terms) for terms in found])
        return
    cli.table(
        ("Clock", "Jurisdiction", "Report", "Limit", "Reported to", "Confidence", "Verified on"),
        [(t.id, t.jurisdiction, cli.words(t.title), _limits(cli, t), cli.words(t.authority), _sure(cli, t.confidence),
          t.verified_on or "—") for t in found],
        empty="No clock in the book",
    )  # fmt: skip
    cli.say(cli.words(NOT_ADVICE), style="yellow")


def _board(cli: Cli, lines: "list[ClockLine]") -> None:
    if cli.json:
        cli.data([_line_data(line) for line in lines])
        return
    called = Naming(cli)
    cli.table(
        ("Clock", "Report", "State", "Due", "Left", "Applies", "Owner"),
        [(line.clock.terms.id, cli.words(line.clock.terms.title), _state(cli, line.status), cli.time(line.late_after),
          _left(line.left), _yes_no(cli, line.applies), called.position(line.clock.terms.owner)) for line in lines],
        empty="No clock runs on this incident",
    )  # fmt: skip


def _say_terms(cli: Cli, terms: "ClockTerms") -> None:
    cli.say(f"{terms.id}  {cli.words(terms.title)}", style="bold")
    cli.facts((
        ("Limit", _limits(cli, terms)), ("Reported to", cli.words(terms.authority)), ("Article", terms.article),
        ("Source", terms.source), ("In force since", str(terms.in_force or "")),
        ("Verified on", str(terms.verified_on or "—")), ("Confidence", _sure(cli, terms.confidence)),
        ("Exemption", cli.words(terms.exemption) if terms.exemption else ""),
        ("Remark", cli.words(terms.note) if terms.note else ""),
    ))  # fmt: skip
    for question in terms.questions:
        cli.say(f"  ? {question.id}: {cli.words(question.ask)}")
    for item in terms.checklist:
        cli.say(f"  □ {cli.words(item)}")


def _say_line(cli: Cli, line: "ClockLine") -> None:
    clock, comma = line.clock, cli.t(", ")
    signed = f"{Naming(cli).person(clock.decided_by)} {cli.time(clock.decided_at)} {clock.reason}"
    cli.facts((
        ("State", _state(cli, line.status)), ("Due", cli.time(line.late_after)), ("Left", _left(line.left)),
        ("Waits for", comma.join(_waits_for(cli, name) for name in line.waits_for)),
        ("Formerly due", comma.join(cli.time(at) for at in line.former)),
        ("Signed by", signed if clock.decided_by else ""),
        ("Reports", "; ".join(f"{cli.time(f.at)} {f.receipt} {f.late_reason}".strip() for f in clock.filings)),
    ))  # fmt: skip
    if line.asks_reason:
        cli.say(cli.t("By what is known now the report went too late: note the reason"), style="red")


def _limits(cli: Cli, terms: "ClockTerms") -> str:
    from incident.report.crisis_words import limits_text

    return limits_text(terms, cli.t, lambda clock: _title(cli, clock))


def _title(cli: Cli, clock: str) -> str:
    from playbooks.clockbook.book import load_book

    terms = load_book(cli.settings.home / "clockbook").clocks.get(clock)
    return cli.words(terms.title) if terms else clock


def _waits_for(cli: Cli, name: str) -> str:
    from incident.report.crisis_words import anchor_text

    kind, _, clock = name.partition(":")
    return anchor_text(f"{kind}:{_title(cli, clock)}" if clock else name, cli.t)


def _state(cli: Cli, status: str) -> str:
    names = {
        "overdue": cli.t("overdue"), "due_soon": cli.t("due soon"), "running": cli.t("running"),
        "waiting": cli.t("waiting"), "filed": cli.t("reported"), "filed_late": cli.t("reported late"),
        "not_required": cli.t("signed: not required"),
    }  # fmt: skip
    return names[status]


def _yes_no(cli: Cli, answer: str) -> str:
    return {"yes": cli.t("yes"), "no": cli.t("no"), "unknown": cli.t("unknown")}[answer]


def _sure(cli: Cli, confidence: str) -> str:
    return {"high": cli.t("high"), "medium": cli.t("medium"), "low": cli.t("low")}[confidence]


def _left(left: timedelta | None) -> str:
    if left is None:
        return "—"
    minutes = abs(int(left.total_seconds() // 60))
    return f"{'-' if left < timedelta() else ''}{minutes // 60}:{minutes % 60:02d}"


def _terms_data(terms: "ClockTerms") -> dict[str, Any]:
    return {
        "id": terms.id, "title": terms.title, "jurisdiction": terms.jurisdiction, "authority": terms.authority,
        "limits": [{"unit": x.unit, "amount": x.amount, "anchor": x.anchor, "after": x.after} for x in terms.limits],
        "article": terms.article, "source": terms.source, "verified_on": terms.verified_on,
        "confidence": terms.confidence, "rule": terms.rule, "owner": terms.owner, "backup": terms.backup,
        "questions": [{"id": q.id, "ask": q.ask, "applies_if": q.applies_if} for q in terms.questions],
    }  # fmt: skip


def _line_data(line: "ClockLine") -> dict[str, Any]:
    return {
        "clock": line.clock.terms.id, "title": line.clock.terms.title, "status": line.status, "due_at": line.due_at,
        "late_after": line.late_after, "applies": line.applies, "decision": line.clock.decision,
        "waits_for": line.waits_for, "former": line.former, "asks_reason": line.asks_reason,
        "owner": line.clock.terms.owner,
        "filings": [{"at": f.at, "by": f.by, "receipt": f.receipt} for f in line.clock.filings],
    }  # fmt: skip
