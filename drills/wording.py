"""Scores in words and as data: what a rating means, why it was given, what to improve. English is the key."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from drills.measures import Found
from drills.rehearsal import Action
from drills.schema import Drill, Programme
from drills.scoring import Finding, Score
from incident.domain.words import Text
from incident.i18n import Translate, translator
from incident.report.names import Names, both
from incident.report.words import reason_text
from incident.service.records import DrillRun
from incident.service.redaction import drill_mark
from incident.service.roster_file import Bilingual

ACTION_WITHIN = timedelta(days=30)
STAY_SILENT = Bilingual(
    zh="演练脚本：从现在起请不要应答，直到演练结束。真有紧急情况，请说出停止口令。",
    en="Drill script: please do not answer from now on until the drill ends. In a real emergency say the stop words.",
)

TYPES = {
    "callout": "call-out test", "seminar": "seminar", "workshop": "workshop", "tabletop": "tabletop",
    "game": "game", "drill": "single-function drill", "functional": "functional exercise",
    "full_scale": "full-scale exercise",
}  # fmt: skip
STATES = {
    "planned": "planned", "running": "running", "finished": "finished", "aborted": "stopped early",
}  # fmt: skip
RATINGS = {
    "P": "P – reached as planned",
    "S": "S – reached with some difficulty",
    "M": "M – reached with major difficulty",
    "U": "U – not reached",
    "not_observed": "not observed",
}
VERDICTS = {"met": "met", "late": "late", "missed": "missed", "not_observed": "not observed"}
WHY = {
    "in_time": "after {seen}, target {within}",
    "late": "only after {seen}, target {within}",
    "never": "not done by the end of the drill",
    "ended_before": "the drill ended before the time was up",
    "no_incident": "the drill caused no incident",
    "inject_not_sent": "the inject it counts from was never sent",
    "done": "done",
    "waived": "waived instead of done",
    "not_in_plan": "the plan in use does not hold this task",
    "nobody_paged": "nobody was paged",
    "share": "{share} reached; not reached: {who}",
    "all": "everybody was reached",
    "outside": "reached outside the drill address book: {who}",
    "nobody_outside": "every message stayed within the drill address book",
    "overdue": "the deadline passed",
    "fact_not_set": "nobody recorded this fact",
    "fact_was": "it was recorded as exactly what it must not be",
    "fact_was_not": "it was never recorded so",
}
TIMINGS = {
    "opened": "Incident opened", "first_page": "First page delivered", "acknowledged": "Acknowledged",
    "in_command": "Somebody in command", "first_task": "First task done", "resolved": "Resolved",
}  # fmt: skip
FINDINGS = {
    "no_incident": "The drill caused no incident: check detection rules and intake",
    "objective": "Improve: {title} ({rating})",
    "expectation": "Follow-up of inject {about} was {rating}: {title}",
    "unreachable": "{about} could not be reached: check the drill address",
}
RUN_REASONS = {
    "missed": "its date was missed", "called_off": "called off", "drill_running": "another drill was running",
}  # fmt: skip
WEEKDAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip
WEEKS = {1: "first {day}", 2: "second {day}", 3: "third {day}", 4: "fourth {day}", "last": "last {day}"}


@dataclass(frozen=True, slots=True)
class Announcement:
    """What people are told before an announced drill."""

    title: str
    body: str


def announcement(drill: Drill, at: datetime, language: str, timezone: str) -> Announcement:
    """The words that go out beforehand, marked as a drill."""
    t = translator(language)
    local = at.astimezone(ZoneInfo(timezone))
    body = t("On {date} at {time} ({zone}) a drill takes place. Nothing in it will be real; it ends after {length}.")
    stop = t("Anyone may stop it with the words: {words}")
    return Announcement(
        marked(t("Announcement: {title}").format(title=drill.title.text.in_(language)), language),
        body.format(date=f"{local:%Y-%m-%d}", time=f"{local:%H:%M}", zone=timezone, length=span(drill.length, t))
        + " " + stop.format(words=drill.safety.stop_words.text.in_(language)),
    )  # fmt: skip


def rhythm(programme: Programme) -> Text:
    """When a drill comes round, in words."""
    return both(lambda t: _rhythm(programme, t))


def _rhythm(programme: Programme, t: Translate) -> str:
    months = t(", ").join(t(MONTH_NAMES[month]) for month in sorted(set(programme.months)))
    day = t(WEEKS[programme.week]).format(day=t(WEEKDAYS[programme.weekday]))
    return t("{months}: {day}, {time}").format(months=months, day=day, time=programme.at)


MONTH_NAMES = dict(enumerate(
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"), start=1,
))  # fmt: skip


def rating_text(rating: str, t: Translate) -> str:
    """A rating in words."""
    return t(RATINGS[rating])


def why_text(found: Found, within: timedelta | None, names: Names, t: Translate, language: str) -> str:
    """Why an objective was rated so, with its figures."""
    code = "all" if found.why == "share" and not found.who else found.why
    return t(WHY[code]).format(
        seen=span(timedelta(seconds=found.seen or 0), t), within=span(within or timedelta(), t),
        share=f"{found.seen or 0:.0%}", who=people(found.who, names, t, language),
    )  # fmt: skip


def finding_text(finding: Finding, drill: Drill, names: Names, language: str) -> str:
    """A finding as one sentence."""
    t = translator(language)
    title, about = "", finding.about
    if finding.code == "objective":
        title = next((o.title.text.in_(language) for o in drill.objectives if o.id == about), about)
    elif finding.code == "expectation":
        inject = drill.inject(about)
        title = inject.text.text.in_(language) if inject and inject.text else about
    elif finding.code == "unreachable":
        about = names.person(about).in_(language)
    words = RATINGS | VERDICTS
    rating = t(words[finding.rating]) if finding.rating else ""
    return t(FINDINGS[finding.code]).format(title=title, about=about, rating=rating)


def reason_of(run: DrillRun, t: Translate) -> str:
    """Why a run was stopped or given up, in words; empty when it was not."""
    code = run.reason.partition(":")[0]
    return t(RUN_REASONS[code]) if code in RUN_REASONS else reason_text(run.reason, t) if run.reason else ""


def people(ids: Iterable[str], names: Names, t: Translate, language: str) -> str:
    """Several people's names."""
    return t(", ").join(names.person(one).in_(language) for one in ids)


def span(length: timedelta, t: Translate) -> str:
    """A length of time as a person says it."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return t("{n} s").format(n=seconds)
    if seconds < 3600:
        minutes, rest = divmod(seconds, 60)
        return t("{n} min {s} s").format(n=minutes, s=rest) if rest else t("{n} min").format(n=minutes)
    hours, rest = divmod(seconds // 60, 60)
    return t("{h} h {n} min").format(h=hours, n=rest) if rest else t("{h} h").format(h=hours)


def marked(text: str, language: str) -> str:
    """The text with the drill mark in front."""
    return drill_mark(text, drill=True, language=language)


def title_of(run: DrillRun) -> Text:
    """The title a run was begun under; its drill's id when it never began."""
    title = run.body.get("title")
    return Text(title["zh"], title["en"]) if isinstance(title, dict) else Text.same(run.drill)


def actions_of(found: Score, drill: Drill, now: datetime, language: str) -> list[Action]:
    """The findings as corrective actions, owned by whoever directs the drill."""
    director = next((role.position for role in drill.roles if role.does == "director"), "")
    names = Names()
    return [
        Action(f"{found.run_id}-a{number}", finding_text(one, drill, names, language), director, now + ACTION_WITHIN)
        for number, one in enumerate(found.findings, start=1)
    ]


def to_data(found: Score) -> dict[str, Any]:
    """The score as data: stable keys, language-neutral, fit for JSON."""
    data = asdict(found)
    data["objectives"] = [
        {"id": one.id, "rating": one.found.rating.value, "why": one.found.why, "seen": one.found.seen,
         "who": list(one.found.who), "met": one.met}
        for one in found.objectives
    ]  # fmt: skip
    data["expectations"] = [asdict(one) | {"verdict": one.verdict.value} for one in found.expectations]
    data["findings"] = [asdict(one) for one in found.findings]
    for name in ("paged", "reached", "took_part"):
        data[name] = list(data[name])
    return data | {"met": found.met, "of": len(found.objectives), "coverage": found.coverage}


def to_body(run: DrillRun, found: Score) -> DrillRun:
    """The run with its score in its record."""
    return replace(run, body={**run.body, "score": to_data(found)})
