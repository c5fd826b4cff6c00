"""The last screen: what happened in each story, what to open, what to try next."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from config.demo.ending import Outcome
from incident.domain.words import Text
from incident.i18n import Translate, translator
from incident.report.words import channel_text


class Summary:
    """Prints the outcomes in one language."""

    def __init__(self, console: Console, language: str) -> None:
        self._console = console
        self._language = language
        self.t: Translate = translator(language)

    def stories(self, outcomes: Sequence[Outcome]) -> None:
        """A block of facts for each story."""
        self._console.print()
        self._console.rule(Styled(self.t("What happened"), style="bold"))
        for outcome in outcomes:
            self._story(outcome)

    def next_steps(self, home: Path, entries: int, doors: Sequence[tuple[Text, str]], *, stays: bool) -> None:
        """Links, files and commands. ``doors`` are (name, link) pairs; they work only while the site ``stays``."""
        t = self.t
        self._console.print()
        self._pair(t("Reports"), str(home))
        self._told(
            t("Log"), t("{entries} entries, each chained to the one before; all chains hold").format(entries=entries)
        )
        if stays:
            for name, link in doors:
                self._pair(t("Open as {name}").format(name=name.in_(self._language)), link)
        self._pair(t("Look again"), f"tocsin --config {home / 'tocsin.yaml'} incident list --all")
        self._pair(t("Your own"), "tocsin init my-centre && cd my-centre && tocsin up")
        if stays:
            self._console.print()
            self._console.print(Styled(t("The site stays up. Stop with Ctrl-C."), style="bold"))

    def _story(self, o: Outcome) -> None:
        t, words = self.t, self._words
        self._console.print()
        level = t("level {level}").format(level=o.level)
        self._console.print(Styled(f"{o.incident_id}  {words(o.story.title.text)} · {level}", style="bold"))
        what = words(o.story.labelled.what.text)
        detected = t("{delay} after {what}") if o.delay else t("at once: {what}")
        self._told(t("Detected"), detected.format(delay=self.span(o.delay), what=what))
        self._told(t("Paged"), self._paged(o))
        self._told(t("Tasks"), self._tasks(o))
        self._told(
            t("Ended"),
            t("recovered after {span}; signed off by {name}").format(
                span=self.span(o.recovered_after), name=words(o.ended_by)
            ),
        )
        if o.outside:
            self._pair(t("Outsiders"), t("see “{name}” and nothing else").format(name=o.outside))
        self._pair(t("Report"), "  ".join(path.name for path in o.files))

    def _paged(self, o: Outcome) -> str:
        t = self.t
        parts = [t("{people} people, {pages} pages").format(people=o.people, pages=o.pages)]
        if o.silent:
            silent = t(", ").join(self._words(name) for name in o.silent)
            parts.append(t("no answer from {names}").format(names=silent))
        answered = t("{name} answered after {span} by {via}")
        via = channel_text(o.via, t)
        parts.append(answered.format(name=self._words(o.answered_by), span=self.span(o.answered_after), via=via))
        return t("; ").join(parts)

    def _tasks(self, o: Outcome) -> str:
        names = {
            "on_time": "{count} on time", "late": "{count} late", "waived": "{count} waived",
            "not_needed": "{count} not needed",
            "overdue": "{count} overdue", "open": "{count} still to come after the report",
        }  # fmt: skip
        found = [self.t(text).format(count=o.verdicts[key]) for key, text in names.items() if o.verdicts.get(key)]
        return " · ".join(found)

    def _pair(self, label: str, value: str) -> None:
        """Something to copy: never broken."""
        self._console.print(Styled.assemble(("  ", ""), (f"{label}  ", "cyan"), value), soft_wrap=True)

    def _told(self, label: str, value: str) -> None:
        """Something to read: broken between words, under its beginning."""
        line = Table.grid(padding=(0, 2))
        line.add_row("", Styled(label, style="cyan", no_wrap=True), Styled(value))
        self._console.print(line)

    def _words(self, text: Text) -> str:
        return text.in_(self._language)

    def span(self, span: timedelta) -> str:
        """A length of time in words: ``11 min 30 s``, ``1 h 40 min``, ``4 d 16 h``."""
        seconds = int(span.total_seconds())
        days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
        parts = [(days, "{n} d"), (hours, "{n} h"), (minutes, "{n} min"), (seconds % 60, "{n} s")]
        shown = [self.t(text).format(n=n) for n, text in parts if n]
        return " ".join(shown[:2])
