"""Windows in files: what they say, when they come again, and what is wrong with them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidents.catalog.catalog import Catalog, check_catalog, load_catalog
from incidents.catalog.recurring import fault_of, occurrences
from incidents.errors import Misconfigured
from incidents.model.windows import WindowId

SERVICES = """
services:
  - {name: checkout, tier: 3, team: storefront, depends_on: [payments]}
  - {name: payments, tier: 3, team: storefront}
teams:
  - {name: storefront}
"""


def loaded(folder: Path, text: str) -> Catalog:
    (folder / "windows").mkdir()
    (folder / "windows" / "ours.yaml").write_text(text)
    return load_catalog(folder)


def spans(found: Catalog, name: str, since: str, until: str) -> list[str]:
    window = found.windows[WindowId(name)]
    low, high = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (since, until))
    return [
        f"{one.start:%m-%d %H:%M} {one.end:%m-%d %H:%M}" for one in occurrences(window, low, high)
    ]


def test_a_window_that_repeats_keeps_its_hours_when_the_clocks_change(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        """
name: backups
kind: maintenance
for: everything
from: 2026-10-23 22:00
to: 2026-10-23 23:30
zone: Europe/Berlin
repeats: FREQ=WEEKLY;BYDAY=FR
except: [2026-11-06]
""",
    )

    assert spans(found, "backups", "2026-10-20", "2026-11-15") == [
        "10-23 20:00 10-23 21:30",
        "10-30 21:00 10-30 22:30",
        "11-13 21:00 11-13 22:30",
    ]


def test_a_weekend_ends_on_the_clock_and_a_length_lasts_as_long(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        """
windows:
  - {name: wall, kind: freeze, for: everything, zone: Europe/Berlin, repeats: FREQ=WEEKLY,
     from: 2026-10-23 17:00, to: 2026-10-26 08:00}
  - {name: exact, kind: freeze, for: everything, zone: Europe/Berlin, repeats: FREQ=WEEKLY,
     from: 2026-10-17 23:00, lasts: 6h}
""",
    )

    assert spans(found, "wall", "2026-10-24", "2026-10-25") == ["10-23 15:00 10-26 07:00"]
    assert spans(found, "exact", "2026-10-24", "2026-10-26") == ["10-24 21:00 10-25 03:00"]


def test_days_without_a_time_are_whole(tmp_path: Path) -> None:
    text = "{name: bf, kind: peak, for: everything, from: 2026-11-27, to: 2026-11-30}"
    found = loaded(tmp_path, text)

    assert spans(found, "bf", "2026-11-01", "2026-12-31") == ["11-27 00:00 12-01 00:00"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("kind: fun", "kind: Input should be 'maintenance', 'freeze', 'peak' or 'marketing'"),
        ("for: {}", "for: a window is for something"),
        ("for: {services: [chekout]}", "there is no service called chekout, expected checkout"),
        ("for: {teams: [nobody]}", "there is no team called nobody"),
        ("for: {vendors: northpay}", "there is no vendor called northpay"),
        ("to: 2026-11-21 21:00", "the window ends before it begins"),
        ("repeats: FREQ=HOURLY", "FREQ is one of DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("repeats: FREQ=WEEKLY;BYDAY=MO", "the rule does not fit the first time"),
        ("sensitivity: 0.5", "a maintenance has no sensitivity"),
        ("except: [2026-12-24]", "a window without repeats has no exceptions"),
        ("zone: Moon/Sea", "“Moon/Sea” is not a time zone"),
        ("lasts: 2h", "a window has one end"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, line: str, problem: str) -> None:
    lines = {
        "name": "name: upgrade",
        "kind": "kind: maintenance",
        "for": "for: {services: [checkout]}",
        "from": "from: 2026-11-21 22:00",
        "to": "to: 2026-11-21 23:30",
    }
    lines[line.partition(":")[0]] = line
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "all.yaml").write_text(SERVICES)

    with pytest.raises(Misconfigured) as raised:
        loaded(tmp_path, "\n".join(lines.values()))

    (found,) = raised.value.problems
    assert found.file == "windows/ours.yaml"
    assert problem in f"{found.what}, expected {found.expected}"


def test_two_windows_have_two_names(tmp_path: Path) -> None:
    one = "{name: bf, kind: peak, for: everything, from: 2026-11-27, to: 2026-11-30}"
    (tmp_path / "windows").mkdir()
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / "windows" / name).write_text(one)

    found = check_catalog(tmp_path, datetime(2026, 11, 1, tzinfo=UTC).date())

    assert [one.what for one in found] == ["there is another window called bf, in windows/a.yaml"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;UNTIL=soon",
        "FREQ=WEEKLY;INTERVAL=0",
        "every friday",
        "",
    ],
)
def test_a_rule_that_may_never_come_again_is_not_taken(rule: str) -> None:
    assert fault_of(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "rrule:freq=weekly; byday=mo,we",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4FR;UNTIL=20301231",
        "FREQ=YEARLY;UNTIL=20301231T235959Z",
    ],
)
def test_a_rule_that_comes_again_is_taken(rule: str) -> None:
    assert fault_of(rule) == ""
