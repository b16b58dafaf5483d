"""Layers, calendars and schedules in ``oncall/*.yaml``, and what ``check`` says about them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from incidents.catalog.catalog import Catalog, check_catalog, load_catalog
from incidents.catalog.kept import Kept
from incidents.errors import Misconfigured
from incidents.model.oncall import FeedKind, RotationName, on_call, shifts

SUPPORT = RotationName("support")
TODAY = date(2026, 3, 16)
SUN = """\
    name: support
    layers:
      - {people: [hana], start: 2026-01-05, zone: Asia/Tokyo, hours: 09:00-17:00}
      - {people: [ana, bo], start: 2026-01-05, zone: Europe/Berlin, hours: 10:00-18:00}
      - {people: [jo], start: 2026-01-05, zone: America/Los_Angeles}
    """
SERVICES = """\
    services:
      - {name: web, tier: 2, team: money}
    teams:
      - {name: money, members: [ana, bo, hana, jo], on_call: support}
    """


def folder(tmp_path: Path, oncall: str, **more: str) -> Path:
    files = {"services/all.yaml": SERVICES, "oncall/all.yaml": oncall}
    files |= {f"oncall/{name}.ics": text for name, text in more.items()}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return tmp_path


def read(tmp_path: Path, oncall: str, **more: str) -> Catalog:
    return load_catalog(folder(tmp_path, oncall, **more))


def faults(tmp_path: Path, oncall: str, **more: str) -> list[str]:
    return [str(one) for one in check_catalog(folder(tmp_path, oncall, **more), TODAY)]


def test_layers_follow_the_sun_each_on_its_own_clock(tmp_path: Path) -> None:
    rotation = read(tmp_path, SUN).rotations[SUPPORT]
    midnight = datetime(2026, 3, 16, tzinfo=UTC)

    day = shifts(rotation, midnight, midnight + timedelta(days=1))

    assert [(one.start.hour, one.person) for one in day] == [
        (0, "hana"),
        (8, "jo"),
        (9, "ana"),
        (17, "jo"),
    ]


def test_a_layer_moves_with_its_own_clocks_alone(tmp_path: Path) -> None:
    rotation = read(tmp_path, SUN).rotations[SUPPORT]

    morning = datetime(2026, 3, 27, 8, 30, tzinfo=UTC)

    before, after = (on_call(rotation, morning + timedelta(days=n)) for n in (0, 3))

    assert before is not None
    assert after is not None
    assert (before.person, after.person) == ("jo", "ana")


def test_layers_that_leave_nothing_out_are_no_gap(tmp_path: Path) -> None:
    assert faults(tmp_path, SUN) == []


def test_layers_that_leave_hours_out_are_a_gap(tmp_path: Path) -> None:
    (found,) = faults(
        tmp_path,
        SUN.replace("zone: America/Los_Angeles}", "hours: 09:00-16:00, zone: America/Los_Angeles}"),
    )

    assert found.startswith("services/all.yaml:4:")
    assert "nobody is on call from" in found


def test_layers_for_the_same_hours_are_said_to_overlap(tmp_path: Path) -> None:
    early = SUN.replace("Europe/Berlin, hours: 10:00", "Europe/Berlin, hours: 08:30")

    (found,) = faults(tmp_path, early)

    assert found == (
        "oncall/all.yaml:4:5: warning: layers 1 and 2 overlap, first on Mon 16 Mar 2026 07:30 UTC, "
        "expected hours of their own; layer 1 decides"
    )


def test_overrides_of_two_people_for_the_same_time_are_said(tmp_path: Path) -> None:
    (found,) = faults(
        tmp_path,
        """\
        name: support
        people: [ana]
        start: 2026-01-05
        overrides:
          - {from: 2026-12-24, to: 2026-12-27, person: bo}
          - {from: 2026-12-26, to: 2026-12-28, person: jo}
        """,
    )

    assert found == (
        "oncall/all.yaml:6:5: warning: bo and jo both stand in from Sat 26 Dec 2026 09:00 UTC, "
        "expected one of them; jo, who is written last, is on call"
    )


CALENDAR = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:a
DTSTART:20260301T090000Z
DTEND:20260701T090000Z
SUMMARY:ana
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("written", "kind", "where", "secret"),
    [
        ("calendar: team.ics", FeedKind.FILE, "team.ics", ""),
        ("calendar: https://example.com/a.ics", FeedKind.URL, "https://example.com/a.ics", ""),
        ("calendar: webcal://example.com/a", FeedKind.URL, "https://example.com/a", ""),
        ("calendar: {from: WARROOM_CALENDAR_A}", FeedKind.URL, "", "WARROOM_CALENDAR_A"),
        ("pagerduty: PI7DH85", FeedKind.PAGERDUTY, "PI7DH85", ""),
        ("goalert: 7be0ba5e-9c0d-4f2a", FeedKind.GOALERT, "7be0ba5e-9c0d-4f2a", ""),
    ],
)
def test_a_rotation_may_be_read_from_elsewhere(
    tmp_path: Path, written: str, kind: FeedKind, where: str, secret: str
) -> None:
    found = read(tmp_path, f"name: support\n{written}\n", team=CALENDAR)

    feed = found.rotations[SUPPORT].feed
    assert feed is not None
    assert (feed.kind, feed.where, feed.secret) == (kind, where, secret)
    assert feed.text == (CALENDAR if kind is FeedKind.FILE else "")
    assert (RotationName("team") in found.rotations) is (kind is not FeedKind.FILE)


LONG_AGO = """\
people: [ana]
start: 2026-01-05
overrides: [{from: 0001-01-01, to: 2026-02-01, person: bo}]
"""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("calendar: other.ics", "2:1: there is no file oncall/other.ics, expected an .ics file"),
        ("calendar: /etc/passwd", "2:1: calendar: “/etc/passwd” is no calendar, expected"),
        ("calendar: {from: lower}", "2:1: calendar: “lower” is no variable, expected"),
        ("pagerduty: A1B2\ngoalert: abcd", "3:1: support has pagerduty and goalert, expected only"),
        ("pagerduty: A1B2\nlength: daily", "3:1: length means nothing beside pagerduty, expected"),
        ("start: 2026-01-05", "1:1: people: this key is missing"),
        ("people: [ana]", "1:1: start: this key is missing"),
        (
            "people: [ana]\nstart: 9999-12-31",
            "3:1: start: “9999-12-31” is too far away, expected a year from 1990 to 2200",
        ),
        (
            LONG_AGO,
            "overrides.0.from: “0001-01-01” is too far away",
        ),
        ("layers: [{people: [ana]}]", "layers.0.start: this key is missing"),
        ("layers: [{people: [zoe], start: 2026-01-05}]", "there is no person called zoe"),
    ],
)
def test_what_a_rotation_gets_wrong_is_said_at_its_place(
    tmp_path: Path, written: str, said: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        read(tmp_path, f"name: support\n{written}\n", team=CALENDAR)

    assert said in str(refused.value)


def test_a_calendar_that_leaves_hours_out_is_said(tmp_path: Path) -> None:
    short = CALENDAR.replace("20260701", "20260320")

    assert faults(tmp_path, "name: support\ncalendar: team.ics\n", team=CALENDAR) == []
    (found,) = faults(tmp_path, "name: support\ncalendar: team.ics\n", team=short)
    assert "nobody is on call for money from Fri 20 Mar 2026 09:00 UTC" in found


def test_faults_of_a_calendar_are_said_at_its_lines(tmp_path: Path) -> None:
    strange = CALENDAR.replace("SUMMARY:ana", "SUMMARY:zoe")
    broken = "this is no calendar"

    unknown = faults(tmp_path / "a", "name: support\ncalendar: team.ics\n", team=strange)
    useless = faults(tmp_path / "b", "name: support\ncalendar: team.ics\n", team=broken)

    assert unknown[0] == (
        "oncall/team.ics:2:1: warning: “zoe” names nobody who is known, "
        "expected one person at a time"
    )
    assert useless[0].startswith("oncall/team.ics:1:1: that is no calendar")


def test_layers_and_calendars_survive_being_kept_for_the_next_time(tmp_path: Path) -> None:
    catalog = read(tmp_path / "config", SUN, team=CALENDAR)
    kept = Kept(tmp_path / "cache", Catalog)

    assert kept.keep("1", catalog)
    assert kept.recall("1") == catalog
