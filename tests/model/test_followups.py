"""Action items and how they end."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.errors import Refused
from incidents.model.followups import (
    ActionItem,
    ItemState,
    drop,
    finish,
    reassign,
    reopen,
    reschedule,
)
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId
from incidents.model.text import UserText

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ITEM = ActionItem(
    ActionNumber(7),
    IncidentNumber(42),
    UserText("Rotate certs"),
    PersonId("U_BO"),
    created_at=NOW - timedelta(days=9),
    created_by=PersonId("U_ANA"),
    due_at=NOW,
)
DONE = finish(ITEM, NOW).item
WHY = UserText("superseded by the new gateway")


def test_a_finished_item_keeps_when_and_says_whether_it_was_in_time() -> None:
    change = finish(ITEM, NOW)

    assert (change.item.state, change.item.settled_at) == (ItemState.DONE, NOW)
    assert change.because == "done in time"
    assert finish(ITEM, NOW + timedelta(days=3)).because == "done, late by 3 d"


def test_an_item_without_a_date_is_never_late() -> None:
    timeless = ActionItem(
        ActionNumber(8), IncidentNumber(42), UserText("Tidy"), PersonId("U"), NOW, PersonId("U")
    )

    assert not timeless.is_overdue(NOW + timedelta(days=900))
    assert finish(timeless, NOW).because == "done"


def test_an_open_item_is_overdue_once_its_date_has_gone_by() -> None:
    assert not ITEM.is_overdue(NOW)
    assert ITEM.is_overdue(NOW + timedelta(seconds=1))
    assert not DONE.is_overdue(NOW + timedelta(days=1))


def test_dropping_takes_a_reason() -> None:
    assert drop(ITEM, WHY, NOW).because == "dropped: superseded by the new gateway"
    with pytest.raises(Refused, match="without a reason"):
        drop(ITEM, UserText(""), NOW)


def test_reopening_takes_a_reason_and_forgets_the_end() -> None:
    assert reopen(DONE, WHY).item.settled_at is None
    with pytest.raises(Refused, match="without a reason"):
        reopen(DONE, UserText(""))
    with pytest.raises(Refused, match="open already"):
        reopen(ITEM, WHY)


def test_an_item_goes_to_somebody_else_but_not_to_its_owner() -> None:
    assert reassign(ITEM, PersonId("U_ANA")).item.owner == "U_ANA"
    with pytest.raises(Refused, match="theirs already"):
        reassign(ITEM, ITEM.owner)


def test_a_new_date_lies_ahead_and_is_recorded_as_a_difference() -> None:
    later = reschedule(ITEM, NOW + timedelta(days=2), NOW)
    earlier = reschedule(later.item, NOW + timedelta(days=1), NOW)

    assert (later.because, earlier.because) == ("due 2 d later", "due 1 d earlier")
    with pytest.raises(Refused, match="in the past"):
        reschedule(ITEM, NOW, NOW)


def test_what_has_ended_is_not_changed_any_more() -> None:
    with pytest.raises(Refused, match="Action item 7 is done already"):
        finish(DONE, NOW)


def test_every_change_counts_up_the_version() -> None:
    assert [ITEM.version, DONE.version, reopen(DONE, WHY).item.version] == [1, 2, 3]
