"""When owners and leads hear about an action item."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.ids import ActionNumber
from incidents.model.reminders import (
    Chasing,
    Occurrence,
    Owner,
    ReminderKind,
    late_label,
    occurrences,
    overdue_label,
    snooze,
    snooze_until,
    to_send,
)
from incidents.model.workdays import is_working

SEVEN = ActionNumber(7)
BERLIN = Owner(ZoneInfo("Europe/Berlin"))
CREATED = datetime(2026, 11, 18, 13, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 16, tzinfo=UTC)  # 17:00 in Berlin
PLAN = occurrences(SEVEN, FRIDAY, BERLIN, since=CREATED)


def local(plan: tuple[Occurrence, ...]) -> list[tuple[str, str]]:
    return [
        (each.kind.value, each.at.astimezone(BERLIN.zone).strftime("%a %d %H:%M")) for each in plan
    ]


def test_an_item_is_chased_a_day_ahead_at_its_time_daily_and_then_through_the_lead() -> None:
    assert local(PLAN) == [
        ("before", "Thu 26 09:00"),
        ("due", "Fri 27 17:00"),
        ("overdue", "Mon 30 09:00"),
        ("overdue", "Tue 01 09:00"),
        ("overdue", "Wed 02 09:00"),
        ("escalation", "Thu 03 09:00"),
    ]


def test_keys_name_item_due_time_and_occasion() -> None:
    assert [each.key for each in PLAN] == [
        "todo-7/20261127T160000Z/before",
        "todo-7/20261127T160000Z/due",
        "todo-7/20261127T160000Z/overdue-1",
        "todo-7/20261127T160000Z/overdue-2",
        "todo-7/20261127T160000Z/overdue-3",
        "todo-7/20261127T160000Z/escalation",
    ]


def test_a_date_set_at_the_last_minute_brings_no_warning() -> None:
    short = occurrences(SEVEN, FRIDAY, BERLIN, since=FRIDAY - timedelta(hours=3))

    assert [each.kind for each in short][:2] == [ReminderKind.DUE, ReminderKind.OVERDUE]


def test_what_is_due_on_a_sunday_is_heard_of_on_monday_morning() -> None:
    sunday = datetime(2026, 11, 29, 12, tzinfo=UTC)

    plan = occurrences(SEVEN, sunday, BERLIN, since=CREATED)

    assert local(plan)[:3] == [
        ("before", "Fri 27 09:00"),
        ("due", "Mon 30 09:00"),
        ("overdue", "Tue 01 09:00"),
    ]


def test_an_organisation_may_chase_less() -> None:
    plan = occurrences(SEVEN, FRIDAY, BERLIN, since=CREATED, chasing=Chasing(0, 0))

    assert [each.kind for each in plan] == [ReminderKind.DUE, ReminderKind.ESCALATION]


def test_a_new_date_brings_new_keys_so_nothing_sent_stands_in_its_way() -> None:
    moved = occurrences(SEVEN, FRIDAY + timedelta(days=7), BERLIN, since=CREATED)

    assert {each.key for each in PLAN}.isdisjoint(each.key for each in moved)


def test_a_snooze_quiets_the_owner_and_neither_moves_the_date_nor_the_lead_s_notice() -> None:
    until = snooze_until(FRIDAY, 2, BERLIN)

    plan = snooze(PLAN, SEVEN, FRIDAY, until, BERLIN)

    assert local(plan) == [
        ("snoozed", "Tue 01 09:00"),
        ("overdue", "Wed 02 09:00"),
        ("escalation", "Thu 03 09:00"),
    ]


def test_snoozing_beyond_the_lead_s_notice_does_not_stop_it() -> None:
    plan = snooze(PLAN, SEVEN, FRIDAY, FRIDAY + timedelta(days=30), BERLIN)

    assert [each.kind for each in plan] == [ReminderKind.ESCALATION, ReminderKind.SNOOZED]


def test_after_days_offline_the_latest_reminder_and_the_lead_s_notice_go_out_once() -> None:
    back = FRIDAY + timedelta(days=20)

    first = to_send(PLAN, frozenset({PLAN[0].key}), back)
    settled = {PLAN[0].key} | {each.key for each in (*first.send, *first.overtaken)}

    assert [each.key[-10:] for each in first.send] == [PLAN[4].key[-10:], PLAN[5].key[-10:]]
    assert first.overtaken == PLAN[1:4]
    assert to_send(PLAN, frozenset(settled), back).send == ()


def test_a_late_reminder_says_how_late_and_a_punctual_one_says_nothing() -> None:
    assert late_label(FRIDAY, FRIDAY + timedelta(days=3, hours=2)) == "late by 3 d"
    assert late_label(FRIDAY, FRIDAY + timedelta(seconds=40)) == ""


def test_an_item_says_how_far_its_date_is() -> None:
    distances = (timedelta(days=-2), timedelta(0), timedelta(days=3))

    assert [overdue_label(FRIDAY, FRIDAY + each) for each in distances] == [
        "due in 2 d",
        "due now",
        "overdue by 3 d",
    ]


SOMEWHERE = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Apia"])
OWNERS = SOMEWHERE.map(lambda name: Owner(ZoneInfo(name)))
DUES = st.integers(0, 5 * 365 * 86_400).map(lambda seconds: CREATED + timedelta(seconds=seconds))


@given(due_at=DUES, owner=OWNERS)
def test_reminders_come_in_order_at_work_with_keys_of_their_own(
    due_at: datetime, owner: Owner
) -> None:
    plan = occurrences(SEVEN, due_at, owner, since=CREATED)

    assert [each.at for each in plan] == sorted(each.at for each in plan)
    assert all(is_working(each.at, owner.hours, owner.zone) for each in plan)
    assert len({each.key for each in plan}) == len(plan)
    assert plan == occurrences(SEVEN, due_at, owner, since=CREATED)


@given(due_at=DUES, owner=OWNERS, steps=st.lists(st.integers(1, 96), max_size=30))
def test_however_often_and_late_we_look_nothing_is_sent_twice_or_forgotten(
    due_at: datetime, owner: Owner, steps: list[int]
) -> None:
    plan = occurrences(SEVEN, due_at, owner, since=CREATED)
    settled: list[str] = []
    now = plan[0].at

    for hours in [*steps, 24 * 30]:
        now += timedelta(hours=hours)
        outcome = to_send(plan, frozenset(settled), now)
        settled += [each.key for each in (*outcome.send, *outcome.overtaken)]

    assert sorted(settled) == sorted(each.key for each in plan)
