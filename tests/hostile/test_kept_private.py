"""What waits was written while everybody could know; what arrived is read by people who may not.

Once an incident is private, nothing of it leaves its room but that there is one: whatever kind of
effect carries it, however long it waited, and whoever gave it another life.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile.hidden import (
    INSIDERS,
    canary,
    found_in,
    incident_of,
    room_of,
    secretive,
    shown_in_slack,
)
from hypothesis import given
from hypothesis import strategies as st
from outage.pagers import GOALERT_KEY, PAGER_SECRET, PAGERDUTY_KEY, Pagers
from outage.receivers import MailServer
from stories.test_life import direct
from world import Place, World

from bot.emulator import Fault
from incidents.actions import notes
from incidents.actions.desk import Origin
from incidents.model.discretion import INSIDE, Telling, telling
from incidents.model.effects import EffectKind
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.timeline import Kind
from incidents.queries.access import sees
from incidents.store import people

NUMBER = IncidentNumber(1)
TITLE = canary("title")
TEAM = "    lead: dana\n    members: [bo, chen, dana]\n"
LATER = "451 later"


@pytest.fixture
def pagers() -> Iterator[Pagers]:
    made = Pagers()
    yield made
    made.stop()


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    made = MailServer(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def paged(
    database_url: str,
    pagers: Pagers,
    mail: MailServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """Whoever is on call for payments has a pager, Chen one of his own, and all of them mail."""
    config = secretive(tmp_path / "config")
    file = config / "services" / "teams.yaml"
    text = file.read_text().replace(TEAM, f"{TEAM}    paging: [{{pagerduty: payments}}]\n")
    file.write_text(text.replace("{handle: chen,", "{handle: chen, paging: [webhook],"))
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.trust))
    made = World(
        database_url,
        config=config,
        warroom_pagerduty_url=pagers.url,
        warroom_pagerduty_keys=f"payments={PAGERDUTY_KEY}",
        warroom_goalert_keys=f"payments={GOALERT_KEY}",
        warroom_pager_webhook_url=f"{pagers.url}/own",
        warroom_pager_webhook_secret=PAGER_SECRET,
        warroom_fallback_smtp_url=mail.url,
        warroom_fallback_from="warroom <warroom@example.com>",
        warroom_allow_private_hosts="127.0.0.1",
    )
    yield made
    made.close()


def declared(world: World) -> Place:
    """A public incident; Bo is asked to command it."""
    world.ana.types(f"/incident {TITLE} sev1 @checkout")
    return room_of(world, NUMBER)


def private(world: World) -> None:
    world.ana.types("/incident private", where=room_of(world, NUMBER))
    assert incident_of(world, NUMBER).is_private


def who_see_it(world: World) -> frozenset[str]:
    desk, now = world.app.desk, world.clock()
    with desk.look() as connection:
        known = people.everybody(connection)
        return frozenset(one.id for one in known if sees(desk, connection, NUMBER, one.id, now))


def test_who_was_told_before_reads_a_neutral_end_and_nothing_more(paged: World) -> None:
    paged.ana.types("/incident page @chen", where=declared(paged))
    before = direct(paged, paged.chen.id)
    private(paged)
    after = direct(paged, paged.chen.id)
    paged.ana.types("/incident cancel a false alarm", where=room_of(paged, NUMBER))

    assert TITLE in "\n".join(before)
    assert "You are not needed for this any more: it became private." in "\n".join(after)
    assert [word for word in (TITLE, "INC-1", "cancel") if word in "\n".join(after)] == []
    assert direct(paged, paged.chen.id) == after


def test_who_is_let_in_again_is_told_as_any_insider(paged: World) -> None:
    paged.ana.types("/incident page @chen", where=declared(paged))
    private(paged)
    paged.dana.types("/incident invite @chen", where=room_of(paged, NUMBER))
    paged.ana.types("/incident page @chen", where=room_of(paged, NUMBER))

    assert TITLE in "\n".join(direct(paged, paged.chen.id))


def test_a_page_that_waited_for_the_pager_rings_without_saying_why(
    paged: World, pagers: Pagers
) -> None:
    pagers.answers += [429]
    declared(paged)
    private(paged)
    paged.passes(minutes=2)

    (_, rung) = [said for name, said in pagers.calls if name == "pagerduty"]
    assert rung["payload"]["summary"] == "INC-1 SEV1 Critical: a private incident"
    assert rung["payload"]["custom_details"]["because"] == ""
    assert "links" not in rung
    assert "component" not in rung["payload"]


def test_a_page_that_died_rings_without_saying_why_when_it_is_retried(
    paged: World, pagers: Pagers
) -> None:
    pagers.answers += [400]
    declared(paged)
    private(paged)
    by = Origin(PersonId(paged.ana.id), "cli")
    notes.retry_failed(paged.app.desk, NUMBER, by=by, now=paged.clock())
    paged.passes(minutes=1)

    (_, rung) = [said for name, said in pagers.calls if name == "pagerduty"]
    assert rung["payload"]["summary"] == "INC-1 SEV1 Critical: a private incident"


def test_the_pager_of_who_may_not_know_falls_silent(paged: World, pagers: Pagers) -> None:
    paged.ana.types("/incident page @chen", where=declared(paged))
    private(paged)

    rung, ended = pagers.own
    assert (rung["type"], ended["type"]) == ("page.trigger", "page.resolve")
    assert found_in(str(ended).encode()) == set()


def test_who_may_not_know_any_more_is_not_woken_and_that_is_on_record(
    paged: World, mail: MailServer
) -> None:
    room = declared(paged)
    paged.slack.faults.add(
        Fault(method="conversations.open", kind="rate_limited", seconds=60, times=None)
    )
    mail.answers += [LATER] * 30
    paged.ana.types("/incident page @chen", where=room)
    paged.passes(minutes=4)
    written = len(mail.letters)
    private(paged)
    paged.slack.faults.clear()
    mail.answers.clear()
    paged.passes(minutes=20)

    told = b"".join(letter.as_bytes() for letter in mail.letters[written:])
    silent = [one.body for one in paged.record(1) if one.kind is Kind.NOT_REACHED]
    assert b"chen@example.com" not in told
    assert found_in(told) == set()
    assert {"person": paged.chen.id, "because": "they may not know of it"} in silent


@pytest.mark.parametrize("wait", [0, 3, 15])
def test_nothing_that_waited_tells_anybody_else_once_it_is_private(
    paged: World,
    pagers: Pagers,
    mail: MailServer,
    wait: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = declared(paged)
    paged.hana.types("/incident subscribe INC-1")
    paged.ana.types("/incident page @chen", where=room)
    for method in ("conversations.open", "chat.update", "conversations.invite"):
        paged.slack.faults.add(Fault(method=method, kind="rate_limited", seconds=60, times=None))
    rung, written = len(pagers.calls), len(mail.letters)
    pagers.answers += [429] * 30
    mail.answers += [LATER] * 30
    paged.bo.presses("Pass", where=room)
    paged.ana.types("/incident page @farah", where=room)
    paged.ana.types("/incident sev 2 it is calmer", where=room)
    paged.ana.types("/incident todo @goran tell the customers by tomorrow", where=room)
    paged.passes(minutes=wait)
    rung, written = len(pagers.calls), len(mail.letters)
    private(paged)
    insiders = INSIDERS | who_see_it(paged)  # some were being asked to command
    paged.slack.faults.clear()
    pagers.answers.clear()
    mail.answers.clear()
    by = Origin(PersonId(paged.ana.id), "cli")
    notes.retry_failed(paged.app.desk, NUMBER, by=by, now=paged.clock())
    paged.passes(minutes=30)

    outside = str(pagers.calls[rung:]).encode()
    outside += b"".join(letter.as_bytes() for letter in mail.letters[written:])
    assert found_in(outside) == set()
    assert b"/incidents/" not in outside
    assert insiders.isdisjoint({paged.hana.id, paged.farah.id})
    monkeypatch.setattr("hostile.hidden.INSIDERS", insiders)
    assert found_in(shown_in_slack(paged, but_not=room.id)) == set()


# The rule itself.

ARGS: dict[EffectKind, list[dict[str, Any]]] = {
    EffectKind.DIRECT: [{}],
    EffectKind.EDIT: [{"of": "dm/U0CHEN/INC-1/page/1"}],
    EffectKind.PAGE: [{"action": "trigger"}],
    EffectKind.NOTIFY: [{"by": "email"}, {"by": "webhook"}],
    EffectKind.POST: [{"channel": "C1"}, {"channel": "C1", "thread_ts": "1.0"}],
}
"""Every way in which something is told outside of the incident's room."""


@given(
    kind=st.sampled_from(sorted(ARGS)),
    person=st.sampled_from(["U0CHEN", "@chen", ""]),
    data=st.data(),
)
def test_nobody_but_insiders_is_told_anything_outside_of_the_room(
    kind: EffectKind, person: str, data: st.DataObject
) -> None:
    args = {**data.draw(st.sampled_from(ARGS[kind])), "person": person}

    assert telling(kind, args, lambda _: False) in {Telling.WITHHELD, Telling.CLOSED}


def test_what_leaves_the_house_is_hushed_for_insiders_too() -> None:
    pagers = {"action": "trigger", "person": "U0BO"}

    assert telling(EffectKind.PAGE, pagers, lambda _: True) is Telling.HUSHED
    assert telling(EffectKind.NOTIFY, {"person": "U0BO"}, lambda _: True) is Telling.HUSHED


@pytest.mark.parametrize("kind", list(EffectKind))
def test_of_every_kind_of_effect_it_is_decided_who_reads_it(kind: EffectKind) -> None:
    assert (kind in INSIDE) is not (kind in ARGS)
