"""Reads what others plan: calendars by file or address, PagerDuty's and GoAlert's schedules.

Every address is called the one way out, and no transaction is open meanwhile. What goes wrong
becomes a sentence that stands beside the rotation; addresses may be secret and are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from bot.outgoing import Answer, Outgoing
from bot.settings import Settings, read_secret
from incidents.actions import oncall_feeds
from incidents.actions.deliver import Ambiguous, Dead, NotSent
from incidents.actions.desk import Desk
from incidents.actions.oncall_feeds import AHEAD, BACK, Wanted
from incidents.catalog.calendars import LARGEST, Names, Unreadable, read_calendar
from incidents.model.oncall import FeedKind, Handle, Planned, together

log = structlog.get_logger(__name__)

_SECONDS = 20.0
_MOST_SHIFTS = 3_000
_LARGEST_SCHEDULE = 2 * 1024 * 1024  # bytes
_GOALERT_QUERY = (
    "query($id: ID!, $start: ISOTimestamp!, $end: ISOTimestamp!) { schedule(id: $id) { "
    "shifts(start: $start, end: $end) { start end user { name email } } } }"
)


class NoPlan(Exception):
    """What a feed said is no plan; the words say why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The ways to those who plan, and whom they may name."""

    settings: Settings
    outgoing: Outgoing
    names: Names
    now: datetime

    def read(self, wanted: Wanted) -> tuple[tuple[Planned, ...], str]:
        """The plan, and what to look at in it. Raises `NoPlan` and what `Outgoing` raises."""
        return _KINDS[wanted.feed.kind](self, wanted)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when until when feeds are asked."""
        return self.now - BACK, self.now + AHEAD


def read_feeds(
    desk: Desk, settings: Settings, outgoing: Outgoing, clock: Callable[[], datetime]
) -> int:
    """Read the feeds whose turn it is. How many could be read."""
    wanted = oncall_feeds.claim(desk, clock())
    if not wanted:
        return 0
    reader = Reader(settings, outgoing, oncall_feeds.names(desk), clock())
    good = 0
    for one in wanted:
        name = one.rotation.name
        try:
            plan, remark = reader.read(one)
        except (NoPlan, Unreadable, NotSent, Ambiguous, Dead) as error:
            log.warning("feed_failed", rotation=name, because=str(error))
            oncall_feeds.failed(desk, name, str(error), clock())
            continue
        oncall_feeds.took(desk, name, plan, clock(), remark=remark)
        good += 1
    return good


def _file(reader: Reader, wanted: Wanted) -> tuple[tuple[Planned, ...], str]:
    return _calendar(reader, wanted, wanted.feed.text)


def _url(reader: Reader, wanted: Wanted) -> tuple[tuple[Planned, ...], str]:
    secret = wanted.feed.secret
    url = read_secret(secret) if secret else wanted.feed.where
    if not url:
        raise NoPlan(f"{secret} is not set")
    url = url.replace("webcal://", "https://", 1)
    headers = {"Accept": "text/calendar"}
    answer = reader.outgoing.fetch(url, headers=headers, seconds=_SECONDS, largest=LARGEST + 1)
    _must_be_fine(answer, "the calendar")
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoPlan("the calendar is not UTF-8") from None
    return _calendar(reader, wanted, text)


def _calendar(reader: Reader, wanted: Wanted, text: str) -> tuple[tuple[Planned, ...], str]:
    zone = wanted.rotation.zone
    found = read_calendar(text, reader.names, *reader.span, zone=zone)
    first = found.troubles[0] if found.troubles else None
    return found.plan, f"line {first.line}: {first.what}" if first else ""


def _pagerduty(reader: Reader, wanted: Wanted) -> tuple[tuple[Planned, ...], str]:
    """``GET /schedules/{id}`` gives shifts with names, ``…/users`` the addresses to them."""
    token = reader.settings.warroom_pagerduty_api_token.get_secret_value()
    if not token:
        raise NoPlan("WARROOM_PAGERDUTY_API_TOKEN is not set")
    since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in reader.span)
    asked = urlencode({"since": since, "until": until, "time_zone": "UTC"})
    base = f"{reader.settings.warroom_pagerduty_api_url}/schedules/{quote(wanted.feed.where)}"
    headers = {
        "Authorization": f"Token token={token}",
        "Accept": "application/vnd.pagerduty+json;version=2",
    }

    def get(url: str) -> Mapping[str, Any]:
        answer = reader.outgoing.fetch(
            url, headers=headers, seconds=_SECONDS, largest=_LARGEST_SCHEDULE
        )
        _must_be_fine(answer, "PagerDuty")
        return _json(answer, "PagerDuty")

    schedule, users = get(f"{base}?{asked}"), get(f"{base}/users?{asked}")
    try:
        entries = schedule["schedule"]["final_schedule"]["rendered_schedule_entries"]
        emails = {one["id"]: one.get("email", "") for one in users["users"]}
        shifts = [
            (
                one["start"],
                one["end"],
                emails.get(one["user"]["id"], ""),
                one["user"].get("summary", ""),
            )
            for one in entries
        ]
    except (KeyError, TypeError, AttributeError):
        raise NoPlan("PagerDuty answered with something that is no schedule") from None
    return _plan(reader, shifts, "PagerDuty")


def _goalert(reader: Reader, wanted: Wanted) -> tuple[tuple[Planned, ...], str]:
    """One query; a key of GoAlert may be limited to exactly it."""
    settings = reader.settings
    token, url = settings.warroom_goalert_api_token.get_secret_value(), settings.warroom_goalert_url
    if not token or not url:
        raise NoPlan("WARROOM_GOALERT_URL or WARROOM_GOALERT_API_TOKEN is not set")
    since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in reader.span)
    variables = {"id": wanted.feed.where, "start": since, "end": until}
    body = json.dumps({"query": _GOALERT_QUERY, "variables": variables}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = reader.outgoing.post(
        f"{url}/api/graphql", body, headers=headers, seconds=_SECONDS, largest=_LARGEST_SCHEDULE
    )
    _must_be_fine(answer, "GoAlert")
    said = _json(answer, "GoAlert")
    if said.get("errors"):
        raise NoPlan("GoAlert refused the question: is the schedule's id right?")
    try:
        schedule = said["data"]["schedule"]
        if schedule is None:
            raise NoPlan(f"GoAlert knows no schedule {wanted.feed.where}")
        shifts = [
            (
                one["start"],
                one["end"],
                (one["user"] or {}).get("email", ""),
                (one["user"] or {}).get("name", ""),
            )
            for one in schedule["shifts"]
        ]
    except (KeyError, TypeError, AttributeError):
        raise NoPlan("GoAlert answered with something that is no schedule") from None
    return _plan(reader, shifts, "GoAlert")


def _plan(
    reader: Reader, shifts: list[tuple[Any, Any, Any, Any]], whose: str
) -> tuple[tuple[Planned, ...], str]:
    """Shifts as start, end, e-mail address and name, the latter where there is no address."""
    if len(shifts) > _MOST_SHIFTS:
        raise NoPlan(f"{whose} has more than {_MOST_SHIFTS} shifts in {(AHEAD + BACK).days} days")
    found: list[Planned] = []
    remark = ""
    for start, end, email, name in shifts:
        word = str(email or "").strip().lower()
        handle = reader.names.get(word, word) or reader.names.get(str(name).strip().lower(), "")
        if not handle:
            remark = remark or f"“{str(name)[:60]}” is nobody who is known"
            continue
        try:
            begin, finish = (datetime.fromisoformat(str(one)) for one in (start, end))
            shift = Planned(begin.astimezone(UTC), finish.astimezone(UTC), (Handle(handle),))
            found.append(shift)
        except ValueError:
            raise NoPlan(f"{whose} answered with something that is no schedule") from None
    return together(found), remark


def _must_be_fine(answer: Answer, whose: str) -> None:
    """Raises `NoPlan` in words that say what to do."""
    if answer.status == 200:  # noqa: PLR2004 (HTTP)
        return
    words = {
        401: "does not accept the token",
        403: "does not allow the token to read it",
        404: "knows no such thing",
        410: "knows no such thing any more",
        429: "was asked too often",
    }
    said = words.get(answer.status, f"answered {answer.status}")
    raise NoPlan(f"{whose} {said}")


def _json(answer: Answer, whose: str) -> Mapping[str, Any]:
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise NoPlan(f"{whose} answered with something that is no schedule")
    return said


_KINDS: Mapping[FeedKind, Callable[[Reader, Wanted], tuple[tuple[Planned, ...], str]]] = {
    FeedKind.FILE: _file,
    FeedKind.URL: _url,
    FeedKind.PAGERDUTY: _pagerduty,
    FeedKind.GOALERT: _goalert,
}
