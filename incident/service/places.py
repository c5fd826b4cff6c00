"""Where on the site a page leads: to what its call is about, so that nobody has to look for it at night."""

from incident.domain.incident import Incident


def place_of(incident: Incident, page_id: str | None) -> str:
    """What follows the incident's address: ``/clocks#clock-gdpr-33``; empty for what is on its own page.

    Only for those who may see the incident: the place tells what kind of matter it is.
    """
    page = incident.pages.get(page_id or "")
    kind, _, rest = (page.call_id if page else "").partition(":")
    about = rest.partition(":")[0]
    if kind == "clock":
        return f"/clocks#clock-{about}"
    if kind == "comms" and about in incident.crisis.drafts:
        return f"/messages#line-{incident.crisis.drafts[about].line}"
    if kind == "line":
        return f"/messages#line-{about}"
    if kind in {"order", "meeting", "handover"}:
        return f"/command#{kind}-{about}"
    return "/people#rollcalls" if kind == "rollcall" else ""
