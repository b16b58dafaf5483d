"""Effects of which only the newest matters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from incidents.model import effects
from incidents.model.effects import EffectKind
from incidents.model.ids import IncidentNumber
from incidents.store import outbox, outbox_view
from incidents.store.engine import Store

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ONE = IncidentNumber(1)


def states(store: Store) -> dict[str, str]:
    with store.read() as connection:
        found = outbox_view.listed(connection, states=("pending", "superseded"), limit=100)
    return {one.key: one.state for one in found}


def asked(store: Store, *moments: datetime) -> list[bool]:
    """Whether a look that is asked for at each of these moments is a new one."""
    plans = [(replace(effects.reconcile(ONE, at), incident=None), at) for at in moments]
    with store.write() as connection:
        return [outbox.add(connection, plan, at) for plan, at in plans]


def test_asking_for_the_same_again_takes_nothing_back(store: Store) -> None:
    """A look at a room is asked for at most once in ten seconds, and that one has to happen."""
    assert asked(store, NOW, NOW + timedelta(seconds=3)) == [True, False]

    assert list(states(store).values()) == ["pending"]


def test_what_is_newer_takes_the_place_of_what_nobody_has_begun(store: Store) -> None:
    assert asked(store, NOW, NOW + timedelta(seconds=10)) == [True, True]

    assert sorted(states(store).values()) == ["pending", "superseded"]


def test_what_is_asked_for_too_late_takes_nothing_newer_back(store: Store) -> None:
    asked(store, NOW, NOW + timedelta(seconds=10))

    assert asked(store, NOW) == [False]

    assert sorted(states(store).values()) == ["pending", "superseded"]


def claimed(store: Store, at: datetime) -> list[outbox.Claimed]:
    with store.write() as connection:
        return outbox.claim(
            connection, "one", at, kinds=set(EffectKind), lease=timedelta(seconds=30), limit=10
        )


def test_what_was_sent_twice_is_taken_back_also_when_the_other_was_called_off(
    store: Store,
) -> None:
    """Otherwise the message that nobody wants would stand in the room for good."""
    said = replace(effects.reconcile(ONE, NOW), incident=None)
    twice = effects.take_back(said.key, None, "ts", {"channel": "C1", "ts": "1.0"})
    with store.write() as connection:
        assert outbox.add(connection, said, NOW)
        assert outbox.add(connection, twice, NOW)
        assert outbox.call_off(connection, str(said.collapse), NOW) == 1

    assert [one.key for one in claimed(store, NOW)] == [twice.key]
