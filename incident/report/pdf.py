"""The report as PDF, by WeasyPrint, which the extra ``pdf`` installs."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from incident.domain.errors import Unavailable
from incident.domain.said import said
from incident.report.model import Report
from incident.report.render import render_html


def render_pdf(
    report: Report,
    language: str,
    timezone: str,
    reader: str = "",
    *,
    load: Callable[[str], ModuleType] = import_module,
) -> bytes:
    """The HTML page printed on A4. Raises Unavailable with the remedy when WeasyPrint is not installed.

    ``load`` imports the printer by name only when it is needed: WeasyPrint is an extra and slow to import.
    """
    try:
        weasyprint = load("weasyprint")
    except ImportError as error:
        raise Unavailable("PDF needs WeasyPrint", remedy="pip install 'tocsin[pdf]', or print the HTML page") from error
    page = weasyprint.HTML(string=render_html(report, language, timezone, reader), url_fetcher=_nothing_from_outside)
    written: bytes = page.write_pdf()
    return written


def _nothing_from_outside(url: str, *_args: object, **_options: object) -> dict[str, object]:
    """The page is self-contained; whatever wants to load something is refused."""
    raise Unavailable(said("a report loads nothing from outside: {url}", url=url[:80]))
