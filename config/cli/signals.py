"""``tocsin signal`` and ``tocsin rules``: what was found, what people think of it, how rules keep to their budgets."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.base import As, command, group
from config.cli.context import Cli
from incident.domain.said import said

if TYPE_CHECKING:
    from config.cli.house import House
    from incident.domain.opinion import Opinion
    from incident.service.opinions import RuleLine
    from incident.service.records import StoredSignal

signal = group("Signals: what the detectors and other monitors found")
SHORT = 8
"""Characters of a signal's id that tell it from the others."""
VERDICTS = {"useful": "useful", "not_useful": "not useful"}
STATES = {"fixed": "nothing to learn", "waiting": "no data yet", "learning": "learning", "set": "set"}
SignalId = Annotated[str, typer.Argument(metavar="SIGNAL", help="Id of the signal, or its beginning")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many")]


def add_to(app: typer.Typer) -> None:
    """Register ``tocsin rules``."""
    command(app, "rules", example="tocsin rules")(rules)


def rules(cli: Cli, as_: As = "") -> None:
    """List the detection rules: budget, alarms of the last weeks, how far learned, what people think

    Rules about leaks count only what --as may see.
    """
    from config.cli.house import house
    from detectors.rules import load_rules
    from detectors.standing import RuleBook

    with house(cli) as parts:
        book = RuleBook(load_rules(parts.settings.path(parts.settings.detectors)))
        lines = parts.views.rules(parts.viewer(as_), book)
    if cli.json:
        cli.data([rule_data(line) for line in lines])
        return
    rows = (
        (
            line.facts.id, line.facts.kind, _budget(cli, line),
            " ".join(map(str, line.told)) + (f" {cli.t('over budget')}" if line.over else ""),
            _state(cli, line), f"+{line.useful} −{line.not_useful}" if line.useful or line.not_useful else "",
        )
        for line in lines
    )  # fmt: skip
    cli.table(("Rule", "Kind", "Budget", "Told, week by week", "State", "Verdicts"), rows, empty="No rules.")


def _budget(cli: Cli, line: "RuleLine") -> str:
    if line.facts.alarms is None:
        return cli.t("fixed limits")
    said = cli.t("{n} a week").format(n=f"{line.facts.alarms:.3g}")
    return f"{said} → {line.facts.alarms * 0.5**line.halvings:.2g}" if line.halvings else said


def _state(cli: Cli, line: "RuleLine") -> str:
    facts = line.facts
    said = cli.t(STATES[line.state])
    if facts.confidence is None or not facts.keys:
        return said
    told = cli.t("confidence {share}, {weeks} weeks, {keys} followed")
    return f"{said} ({told.format(share=f'{facts.confidence:.0%}', weeks=f'{facts.weeks:.1f}', keys=facts.keys)})"


def rule_data(line: "RuleLine") -> dict[str, Any]:
    """A rule for programs."""
    facts = line.facts
    return {
        "id": facts.id, "kind": facts.kind, "scenario": facts.scenario.value, "title": facts.title,
        "alarms_a_week": facts.alarms, "halvings": line.halvings, "heeds_verdicts": facts.heeds,
        "followed": facts.keys, "weeks": round(facts.weeks, 2),
        "confidence": None if facts.confidence is None else round(facts.confidence, 3), "state": line.state,
        "told": list(line.told), "over_budget": line.over, "useful": line.useful, "not_useful": line.not_useful,
    }  # fmt: skip


@command(signal, "list", example="tocsin signal list --limit 20")
def signals(cli: Cli, limit: Limit = 50, as_: As = "") -> None:
    """List recent signals, and what became of them

    Those of restricted incidents are left out unless --as names somebody who is in them.
    """
    from config.cli.house import house
    from incident.report.words import reason_text
    from incident.service.redaction import drill_mark

    with house(cli) as parts:
        found = parts.views.signals(parts.viewer(as_), limit)
        said = parts.views.opinions(found)
    if cli.json:
        cli.data([
            {"id": s.signal.id, "rule": s.signal.rule, "state": s.state, "scenario": s.signal.scenario.value,
             "verdicts": [verdict_data(one) for one in said.get(s.signal.id, [])],
             "title": s.signal.title, "labels": s.signal.labels, "incident": s.incident_id,
             "suppressed": s.suppressed or None, "suppressed_detail": s.suppressed_detail or None,
             "drill": s.signal.drill is not None, "first_at": s.first_at, "last_at": s.last_at,
             "cleared_at": s.cleared_at}
            for s in found
        ])  # fmt: skip
        return
    rows = (
        (
            short_id(s.signal.id),
            cli.time(s.first_at, seconds=True),
            cli.t("raised") if s.state == "raised" else cli.t("gone again"),
            drill_mark(cli.words(s.signal.title), drill=s.signal.drill is not None, language=cli.language),
            s.signal.rule,
            s.incident_id or (reason_text(s.suppressed, cli.t) if s.suppressed else "—"),
            voices(said.get(s.signal.id, [])),
        )
        for s in found
    )
    cli.table(("Id", "First seen", "State", "What", "Rule", "Incident", "Verdicts"), rows, empty="No signals.")


@command(signal, "show", example="tocsin signal show 3f2a9c81")
def show(cli: Cli, signal_id: SignalId, as_: As = "") -> None:
    """Show one: what was expected, what was seen, how unusual it is, where it comes from"""
    from config.cli.house import house
    from incident.report.findings import part_text, sample_text
    from incident.report.sparkline import sparkline
    from incident.service.redaction import drill_mark

    with house(cli) as parts:
        found = the_signal(parts, as_, signal_id)
        said = parts.views.opinions([found]).get(found.signal.id, [])
        names = {one.person: cli.words(parts.names.person(one.person)) for one in said}
    one, evidence = found.signal, found.signal.evidence
    if cli.json:
        cli.data({
            "id": one.id, "rule": one.rule, "state": found.state, "title": one.title, "labels": one.labels,
            "incident": found.incident_id, "expected": evidence.expected, "seen": evidence.reading,
            "since": evidence.since, "unusual": evidence.how_unusual(cli.language),
            "window": [list(point) for point in evidence.window], "samples": list(evidence.samples),
            "contributors": [{"name": c.name, "share": c.share} for c in evidence.contributors],
            "verdicts": [verdict_data(each) for each in said],
        })  # fmt: skip
        return
    cli.facts((
        ("Id", one.id), ("What", drill_mark(cli.words(one.title), drill=one.drill is not None, language=cli.language)),
        ("Rule", one.rule), ("State", cli.t("raised") if found.state == "raised" else cli.t("gone again")),
        ("Incident", found.incident_id), ("Seen", evidence.reading), ("Expected", evidence.expected),
        ("Since", cli.time(evidence.since)), ("How unusual", evidence.how_unusual(cli.language)),
        ("Window", sparkline([value for _, value in evidence.window])),
        ("Where it comes from", ", ".join(f"{part_text(c.name, cli.t)} {c.share:.0%}" for c in evidence.contributors)),
        ("Samples", "\n".join(sample_text(one, cli.t) for one in evidence.samples)),
        ("Verdicts", ", ".join(f"{names[each.person]}: {cli.t(VERDICTS[each.verdict])}" for each in said)),
    ))  # fmt: skip


@command(signal, "useful", example="tocsin signal useful 3f2a9c81 --as zhou-wei")
def useful(cli: Cli, signal_id: SignalId, as_: As = "") -> None:
    """Say that a signal was worth being told"""
    _judge(cli, signal_id, as_, "useful")


@command(signal, "not-useful", example="tocsin signal not-useful 3f2a9c81 --as zhou-wei")
def not_useful(cli: Cli, signal_id: SignalId, as_: As = "") -> None:
    """Say that a signal was not worth being told

    Its rule becomes stricter by half a halving of its budget of alarms; "tocsin rules" shows it, undo takes it back.
    """
    _judge(cli, signal_id, as_, "not_useful")


@command(signal, "undo", example="tocsin signal undo 3f2a9c81 --as zhou-wei")
def undo(cli: Cli, signal_id: SignalId, as_: As = "") -> None:
    """Take back what you said of a signal"""
    from config.cli.house import house

    with house(cli) as parts:
        by = parts.actor(cli, as_)
        found = the_signal(parts, by, signal_id)
        parts.desk.take_back(found.signal.id, by)
    if cli.json:
        cli.data({"id": found.signal.id, "undone": True})
    else:
        cli.say(cli.t("Taken back: {id}").format(id=found.signal.id))


def _judge(cli: Cli, signal_id: str, as_: str, verdict: str) -> None:
    from config.cli.house import house
    from incident.domain.opinion import Usefulness

    with house(cli) as parts:
        by = parts.actor(cli, as_)
        found = the_signal(parts, by, signal_id)
        opinion = parts.desk.judge(found.signal.id, by, Usefulness(verdict), "cli")
    if cli.json:
        cli.data({"id": opinion.signal, **verdict_data(opinion)})
    else:
        cli.say(cli.t("{id}: {verdict} – counts for the rule {rule}").format(
            id=short_id(opinion.signal), verdict=cli.t(VERDICTS[verdict]), rule=opinion.rule
        ))  # fmt: skip


def short_id(signal_id: str) -> str:
    """As much of an id as tells it from the others: what comes before a colon names its origin."""
    return _own(signal_id)[:SHORT]


def _own(signal_id: str) -> str:
    return signal_id.partition(":")[2] or signal_id


def the_signal(parts: "House", person: str, start: str) -> "StoredSignal":
    """The signal whose id is ``start`` or begins with it. Raises NotFound, BadInput when several do."""
    from incident.domain.errors import BadInput, NotFound

    viewer = parts.viewer(person)
    try:
        return parts.views.signal(viewer, start)
    except NotFound:
        recent = parts.views.signals(viewer, 1000)
        found = [s for s in recent if s.signal.id.startswith(start) or _own(s.signal.id).startswith(start)]
    if not found:
        raise NotFound(said("no signal {start}", start=start), remedy="tocsin signal list shows them")
    if len(found) > 1:
        raise BadInput(said("several signals begin with {start}", start=start), remedy="give more of the id")
    return found[0]


def voices(said: "list[Opinion]") -> str:
    """``1 useful, 2 not useful`` as signs that read in both languages."""
    counts = [("+", sum(one.verdict == "useful" for one in said)),
              ("−", sum(one.verdict == "not_useful" for one in said))]  # fmt: skip
    return " ".join(f"{sign}{count}" for sign, count in counts if count)


def verdict_data(one: "Opinion") -> dict[str, Any]:
    """An opinion for programs."""
    return {"person": one.person, "verdict": one.verdict.value, "at": one.at, "via": one.via, "rule": one.rule}
