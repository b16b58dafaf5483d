"""Pagers in ``warroom doctor``: everything that can be known of them without waking anybody."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bot.cli import common
from bot.cli.found import Found

if TYPE_CHECKING:
    from bot.couriers.pagers import Pagers
    from bot.outgoing import Outgoing
    from incidents.catalog.catalog import Catalog
    from incidents.model.paging import Way

_SECONDS = 8.0
_BROKEN = 500  # of HTTP: from here on the server is to blame
_ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")  # of an Events API v2 integration
_UNPROVEN = "whether the keys are right, only a real page shows"


def pagers() -> list[Found]:
    """Keys and addresses of what is set, and of what the catalogue says people are paged by."""
    from bot.addresses import read_own
    from bot.app import pagers_of
    from bot.outgoing import Outgoing
    from bot.settings import BadSettings
    from incidents.errors import WarroomError

    settings = common.settings()
    try:
        there = pagers_of(settings)
        used = _used(common.desk().catalog)
    except BadSettings as error:
        return [Found("pagers", "wrong", str(error))]
    except WarroomError:
        return []  # the configuration is told of by itself
    outgoing = Outgoing(read_own(settings.warroom_allow_private_hosts))
    hears = bool(settings.warroom_pagerduty_webhook_secret.get_secret_value())
    found = [
        *_pagerduty(there, used, outgoing, hears=hears),
        *_goalert(there, used, outgoing),
        *_webhook(there, used, outgoing),
    ]
    nobody = "nobody is paged outside of Slack: see paging: of teams and people"
    return found or [Found("pagers", "note", nobody)]


def _used(catalog: "Catalog") -> "dict[Way, str]":
    """Every way that the catalogue names, and the first whom it is for."""
    found: dict[Way, str] = {}
    for team in catalog.teams.values():
        for way in team.paging:
            found.setdefault(way, team.name)
    for handle, member in catalog.people.items():
        for way in member.paging:
            found.setdefault(way, f"@{handle}")
    return found


def _pagerduty(
    there: "Pagers", used: "Mapping[Way, str]", outgoing: "Outgoing", *, hears: bool
) -> Iterator[Found]:
    keys = there.pagerduty_keys
    yield from _keys("PagerDuty", "pagerduty", "WARROOM_PAGERDUTY_KEYS", keys, used)
    odd = sorted(name for name, key in keys.items() if not _ROUTING_KEY.fullmatch(key))
    for name in odd:
        say = "no integration key of the Events API v2: those have 32 letters and digits"
        yield Found(f"PagerDuty key {name}", "wrong", say)
    if not keys:
        return
    say = f"{_UNPROVEN}: its Events API has no dry run"
    yield _answers("PagerDuty", f"{there.pagerduty_url.rstrip('/')}/", outgoing, say)
    if not hears:
        say = "WARROOM_PAGERDUTY_WEBHOOK_SECRET is not set: we do not hear who acknowledges there"
        yield Found("PagerDuty", "note", say)


def _goalert(there: "Pagers", used: "Mapping[Way, str]", outgoing: "Outgoing") -> Iterator[Found]:
    keys = there.goalert_keys
    yield from _keys("GoAlert", "goalert", "WARROOM_GOALERT_KEYS", keys, used)
    if keys and not there.goalert_url:
        yield Found("GoAlert", "wrong", "WARROOM_GOALERT_URL is not set, and there are keys for it")
    elif keys:
        say = f"{_UNPROVEN}: it takes a token only with an alert"
        yield _answers("GoAlert", f"{there.goalert_url.rstrip('/')}/", outgoing, say)


def _webhook(there: "Pagers", used: "Mapping[Way, str]", outgoing: "Outgoing") -> Iterator[Found]:
    who = next((who for way, who in used.items() if way.kind == "webhook"), "")
    if there.webhook is None:
        if who:
            say = f"WARROOM_PAGER_WEBHOOK_URL is not set, and {who} is paged by it"
            yield Found("pager webhook", "wrong", say)
        return
    say = "its secret can sign; whether it is the right one, only a real page shows"
    yield _answers("pager webhook", there.webhook.url, outgoing, say)


def _keys(
    what: str, kind: str, setting: str, keys: Mapping[str, str], used: "Mapping[Way, str]"
) -> Iterator[Found]:
    """Which keys the catalogue names and are not set, and the other way round."""
    named = {way.target: who for way, who in used.items() if way.kind == kind}
    for name in sorted(named.keys() - keys.keys()):
        say = f"there is no key called {name} in {setting}, and {named[name]} is paged by it"
        yield Found(f"{what} key {name}", "wrong", say)
    for name in sorted(keys.keys() - named.keys()):
        say = f"set in {setting}, and nobody is paged by it"
        yield Found(f"{what} key {name}", "note", say)


def _answers(what: str, url: str, outgoing: "Outgoing", unproven: str) -> Found:
    """Somebody is there, and we may call them. A GET, as of a browser: it pages nobody."""
    from bot.outgoing import Barred
    from incidents.actions.deliver import Ambiguous, NotSent

    try:
        answer = outgoing.look(url, seconds=_SECONDS)
    except Barred as error:
        return Found(what, "wrong", f"{error}; WARROOM_ALLOW_PRIVATE_HOSTS names one's own")
    except (NotSent, Ambiguous) as error:
        return Found(what, "unreachable", str(error))
    if answer.status >= _BROKEN:
        return Found(what, "unreachable", f"it answers with {answer.status}")
    return Found(what, "ok", f"it answers; {unproven}")
