"""A page is answered: in Slack, or at a pager outside. Either side tells the other."""

from datetime import datetime

from incidents.actions import climbing, commanding, paging
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import NotFound, Refused
from incidents.model.ids import PersonId
from incidents.model.paging import WayKind
from incidents.model.people import BOT
from incidents.store import pages, people
from incidents.store.pages import Page

_LONGEST_NAME = 120  # characters of what a pager calls a person


def acknowledge(desk: Desk, page_id: str, *, by: Origin, now: datetime) -> Page:
    """Somebody pressed the button in Slack: it falls silent outside, and the climb stops."""
    with desk.work(by, now) as work:
        found = pages.get(work.connection, page_id)
        if found is None:
            raise NotFound("That page is not known.", instead="Open the newest card.")
        incident = work.incident(found.incident)
        one = pages.get(work.connection, page_id) or found
        if one.state != "open":
            raise Refused(f"That page is {one.state} already.")
        climbing.answered(work, incident, "a page was acknowledged")
        paging.falls_silent(work, incident, [one], "acknowledged", by=by.actor, via=by.source)
        return one


def hear(  # noqa: PLR0913
    desk: Desk, way: WayKind, name: str, *, who: str, state: str, key: str, now: datetime
) -> tuple[Page, ...]:
    """A pager says that what it calls ``name`` is acknowledged or resolved by ``who``.

    The pages that this answers: none for what is not ours, or answered already. ``key`` is the
    pager's name for its message. Raises `Repeated` for one that came before.
    """
    with desk.work(Origin(BOT, way.value, key or None), now) as work:
        found = pages.known_as(work.connection, way, name)
        if not found:
            return ()
        incident = work.incident(found[0].incident)
        known = pages.known_as(work.connection, way, name)
        answered = [one for one in known if one.state == "open"]
        actor = _known(work, who)
        work.by = Origin(PersonId(actor or BOT), way.value)
        if answered and incident.is_open:
            climbing.answered(work, incident, f"a page was {state} in {way.called}")
        by = actor or who[:_LONGEST_NAME] or way.called
        paging.falls_silent(work, incident, answered, state, by=by, via=way.value, besides=name)
        for one in answered:
            if one.purpose == "command" and state == "acknowledged":
                commanding.heard_of(work, incident, PersonId(one.person), by=by, via=way.called)
        return tuple(answered)


def _known(work: Work, who: str) -> str:
    """The one person of the workspace whose name or address that is; empty if it is not clear."""
    if not who:
        return ""
    named = people.named(work.connection, who)
    if named is not None:
        return named.id
    found = [one.id for one in people.everybody(work.connection) if one.name == who]
    return found[0] if len(found) == 1 else ""
