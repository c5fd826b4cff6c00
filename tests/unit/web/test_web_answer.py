"""Stories of the signed link in a page: open, press once, see who was first."""

import pytest
from web_house import BASE, House

from incident.domain import commands as c
from incident.domain.incident import Incident, Page
from incident.service.links import AckClaim
from incident.service.redaction import Viewer


def paged(house: House, incident: Incident) -> Page:
    """The first page of an incident."""
    return next(iter(house.parts.views.incident(Viewer("li-na"), incident.id).pages.values()))


def link_of(house: House, incident: Incident, page: Page) -> str:
    """The path of a page's link."""
    claim = AckClaim(incident.id, page.id, page.person)
    return house.parts.links.ack(claim, house.clock.now()).removeprefix(BASE)


def test_opening_the_link_shows_who_is_asked_and_answers_nothing(house: House) -> None:
    """No sign-in is needed; a scanner that opens it changes nothing."""
    incident = house.report("CRM is down")
    link = link_of(house, incident, paged(house, incident))
    shown = house.client.get(f"{link}?lang=en")
    assert shown.status_code == 200
    assert "Zhao Min, you are asked as centre director." in shown.text
    assert not house.parts.views.incident(Viewer("li-na"), incident.id).acknowledged


def test_pressing_the_button_acknowledges_by_the_link(house: House) -> None:
    """The person of the link commands; the page says thank you."""
    incident = house.report()
    link = link_of(house, incident, paged(house, incident))
    answer = house.client.post(link)
    assert answer.status_code == 303
    after = house.parts.views.incident(Viewer("li-na"), incident.id)
    assert after.acknowledged
    assert after.commander == "zhao-min"
    assert "Thank you" in house.client.get(f"{link}?lang=en").text


def test_a_second_press_changes_nothing(house: House) -> None:
    """Not the log, and not when others were called again meanwhile."""
    incident = house.report()
    link = link_of(house, incident, paged(house, incident))
    house.client.post(link)
    version = house.parts.views.incident(Viewer("li-na"), incident.id).version
    house.parts.desk.do(c.Escalate(incident_id=incident.id, by="li-na", reason="more hands"))
    called = house.parts.views.incident(Viewer("li-na"), incident.id).version
    house.client.post(link)
    assert version < called == house.parts.views.incident(Viewer("li-na"), incident.id).version


def test_afterwards_the_link_says_who_has_answered(house: House) -> None:
    """Whoever comes second sees a name and no button."""
    incident = house.report()
    link = link_of(house, incident, paged(house, incident))
    house.parts.desk.do(c.Acknowledge(incident_id=incident.id, by="li-na"))
    shown = house.client.get(f"{link}?lang=en").text
    assert "Li Na has answered." in shown
    assert "<form" not in shown


@pytest.mark.parametrize(
    "change", [lambda t: t[:-4] + "AAAA", lambda t: "AAAA" + t[4:], lambda t: t[:12], lambda t: t[:0] + "é"]
)
def test_a_forged_link_is_refused(house: House, change) -> None:
    """403 with one sentence, and nothing of the incident."""
    incident = house.report("CRM is down")
    token = link_of(house, incident, paged(house, incident)).removeprefix("/a/")
    answer = house.client.get(f"/a/{change(token)}?lang=en")
    assert answer.status_code == 403
    assert "CRM is down" not in answer.text


def test_a_link_is_too_old_after_a_day(house: House) -> None:
    """The remedy is to sign in."""
    incident = house.report()
    link = link_of(house, incident, paged(house, incident))
    house.clock.push(hours=24, seconds=1)
    assert house.client.post(link).status_code == 403


def test_a_link_speaks_its_persons_language(house: House) -> None:
    """Li Na reads Chinese first."""
    incident = house.report(by="wang-wei")
    house.parts.desk.do(c.Escalate(incident_id=incident.id, by="wang-wei", reason="x"))
    page = paged(house, incident)
    claim = AckClaim(incident.id, page.id, page.person)
    shown = house.client.get(house.parts.links.ack(claim, house.clock.now()).removeprefix(BASE))
    assert '<html lang="en"' in shown.text


def test_a_person_who_may_no_longer_see_it_learns_nothing_from_the_link(house: House) -> None:
    """Taken out of a restricted incident's audience, the link leads nowhere."""
    leak = house.leak()
    page = next(iter(house.parts.views.incident(Viewer("wang-wei"), leak.id).pages.values()))
    link = link_of(house, leak, page)
    house.parts.desk.do(
        c.ChangeAudience(
            incident_id=leak.id, by="wang-wei", person=page.person, add=False, reason="conflict of interest"
        )
    )
    answer = house.client.get(link)
    assert answer.status_code == 403
    assert leak.title.en not in answer.text
