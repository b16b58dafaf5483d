"""Every verb, button, form, shortcut, reaction and event, from a person's hand to the answer.

On the real host, over HTTP with signed requests and over a Socket Mode connection. Whoever adds a
route and no way to reach it here is told its name.
"""

import logging
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from surface.crawler import Crawler, Reached, all_of
from surface.tables import (
    ALL_TABLES,
    ANYWHERE,
    IN_A_CHANNEL_OF_THEIR_OWN,
    IN_A_ROOM,
    NO_INCIDENT,
    ONE_OUTAGE,
    REALLY_THE_END,
    SECRET,
    THE_END,
    Row,
)
from world import START

import bot.app
import bot.slack.features
from bot.clock import FastClock
from bot.demo.host import Host, prepare, running
from bot.demo.player import wait_until
from bot.demo.stage import member_id
from bot.emulator import delivery
from bot.emulator.acts import payloads
from bot.emulator.faults import Fault
from bot.settings import Transport
from bot.slack.features import ALL
from bot.slack.router import split_verb
from incidents.model.text import clean
from incidents.store import audit, incidents, outbox_view, people, timeline

NONSENSE = "@nobody-at-all 99:99 %%% \N{SEE-NO-EVIL MONKEY}"
NOT_YET = frozenset(
    {
        "declare.anyway",
        "lifecycle.close",
        "lifecycle.reopen",
        "lifecycle.resolve_form",
        "oneroom.unmerge",
        "roles.pass",
        "teams.pass",
    }
)
"""Buttons that would end what the story still needs; it presses them in its own time."""


@pytest.fixture(params=["http", "socket"])
def crawler(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crawler]:
    """The demo's organisation, reached over one transport and then over the other."""
    transport: Transport = request.param
    reached = Reached()
    recording = reached.recording(ALL)
    for module in (bot.app, bot.slack.features):
        monkeypatch.setattr(module, "ALL", recording)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    host = prepare(tmp_path, port, FastClock(START), transport=transport, pace=2.0)
    with running(host):
        wait_until(lambda: _is_introduced(host), "people are known")
        if host.app.sockets is not None:
            wait_until(lambda: host.app.sockets.is_connected, "the socket is open")
        yield Crawler(host, reached)


def _is_introduced(host: Host) -> bool:
    with host.app.desk.look() as connection:
        return len(people.everybody(connection)) > len(host.app.desk.catalog.people)


def test_every_verb_is_in_a_table() -> None:
    typed = {ALL.verbs[_first_word(row)].name for row in _rows() if _first_word(row) in ALL.verbs}

    assert {verb.name for verb in ALL.verbs.values()} - typed == set()


def test_everything_that_can_be_asked_for_is_answered(
    crawler: Crawler, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs:
        _an_incident(crawler)
        _what_is_asked_anywhere(crawler)
        _marks_and_shortcuts(crawler)
        _one_outage(crawler)
        _a_channel_becomes_a_room(crawler)
        _what_slack_does_not_do_at_first(crawler)
        _what_was_only_declared_is_cancelled(crawler)
        _what_time_brings(crawler)
        _who_comes_and_goes(crawler)
        _what_happens_to_rooms(crawler)
        _how_it_ends(crawler)
        _what_nobody_cared_for(crawler)
        _wrong_places_and_nonsense(crawler)
        _what_slack_could_ask_as_well(crawler)

    assert sorted(all_of(ALL) - crawler.reached.names) == []
    assert _loud(logs) == ["effect_dead"]  # the bookmark that Slack did not take at first
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    _nothing_is_left_to_do(crawler)
    _the_record_is_whole(crawler)
    _everything_said_has_words(crawler)


def _an_incident(crawler: Crawler) -> None:
    crawler.types("ana", "general", "/incident checkout 5xx sev2 @checkout @payments")
    crawler.presses_one("bo", "roles.pass")
    _types_all(crawler, "bo", "inc-1", IN_A_ROOM)
    crawler.types("bo", "inc-1", "/incident tree dependency-outage")
    for answer in ("Yes, it is down", "Yes", "Yes", "A team of ours"):
        crawler.presses_one("bo", "triage.answer", answer)
    crawler.presses_one("bo", "roles.page_for")
    for who in ("bo", "dana", "ana"):
        crawler.presses_all(who, but=NOT_YET)


def _what_is_asked_anywhere(crawler: Crawler) -> None:
    _types_all(crawler, "bo", "general", ANYWHERE)
    crawler.presses_one("dana", "oncall.decline")
    crawler.presses_one("dana", "gate.decline")
    crawler.types("bo", "general", "/incident gate checkout waive for 1h because it cannot wait")
    crawler.presses_one("dana", "gate.approve")
    crawler.types("bo", "general", "/incident gate notifications")  # nobody can tell: no SLO
    crawler.presses_one("bo", "gate.waive")
    crawler.host.workspace.act.home(member_id("bo"))
    crawler.rests()
    for who in ("bo", "dana"):
        crawler.presses_all(who, but=NOT_YET)


def _marks_and_shortcuts(crawler: Crawler) -> None:
    workspace, room = crawler.host.workspace, crawler.channel("inc-1")
    for emoji in ("pushpin", "memo", "mega"):
        said = crawler.types("ana", "inc-1", f"the {emoji} goes on this")
        crawler.reacts("bo", room, said.ts, emoji)
        crawler.reacts("bo", room, said.ts, emoji, remove=True)
    said = crawler.types("ana", "inc-1", "half of it times out")
    crawler.mouse("bo", "pins.add", channel=room, timestamp=said.ts)
    crawler.mouse("bo", "pins.remove", channel=room, timestamp=said.ts)
    for name in ("add_to_timeline", "make_action_item", "declare_from_message"):
        crawler.uses("bo", name, channel=room, message_ts=said.ts)
    crawler.uses("bo", "declare")
    mention = f"<@{workspace.identity.bot_user}> note in a thread"
    assert "Noted as entry" in crawler.learns("ana", room, mention, thread=said.ts)
    group = workspace.add_usergroup("sre", "SRE", [member_id("ana")])
    workspace.change_usergroup(group.id, handle="platform")
    crawler.rests()


def _one_outage(crawler: Crawler) -> None:
    crawler.types("ana", "general", "/incident search is slow sev3 @search")
    crawler.presses_one("ana", "declare.anyway")
    _types_all(crawler, "ana", crawler.room("search-is-slow"), ONE_OUTAGE)
    crawler.presses_one("ana", "oneroom.unmerge")
    crawler.types("hana", "general", "/incident search is slow again sev3 @search")
    crawler.presses_one("hana", "room.join")
    crawler.types("hana", "general", "/incident identity is down sev2 @identity")
    crawler.presses_one("hana", "oneroom.join")
    crawler.whoever_is_asked_presses("teams.pass")
    crawler.types("bo", "inc-1", "/incident affected @cart it is slow, too")
    crawler.presses_one("bo", "oneroom.split_form")
    for who in ("ana", "hana"):
        crawler.presses_all(who, but=NOT_YET)


def _a_channel_becomes_a_room(crawler: Crawler) -> None:
    workspace = crawler.host.workspace
    people = [member_id("ana"), member_id("bo"), workspace.identity.bot_user]
    workspace.add_channel("trouble", people)
    crawler.types("bo", "trouble", "checkout feels slow")
    _types_all(crawler, "ana", "trouble", IN_A_CHANNEL_OF_THEIR_OWN)
    for button in ("convert.anyway", "convert.take", "convert.start"):
        crawler.presses_one("ana", button)


def _what_slack_does_not_do_at_first(crawler: Crawler) -> None:
    fault = Fault(method="bookmarks.add", kind="error_before", error="not_allowed", times=1)
    crawler.host.workspace.faults.add(fault)
    crawler.types("ana", "general", "/incident laptop stolen sev3")
    crawler.presses_one("ana", "card.retry")


def _what_was_only_declared_is_cancelled(crawler: Crawler) -> None:
    """Time would bring nothing but news of all that."""
    goes_on = {crawler.key(one) for one in ("inc-1", crawler.room("laptop"))}
    with crawler.host.app.desk.look() as connection:
        found = [one for one in incidents.open_ones(connection) if one.key not in goes_on]
        handles = {one.number: people.get(connection, one.declared_by) for one in found}
    for one in found:
        declarer = handles[one.number]
        assert declarer is not None
        crawler.types(declarer.handle, str(one.room), "/incident cancel it was practice")


def _what_time_brings(crawler: Crawler) -> None:
    crawler.types("bo", "inc-1", "/incident status monitoring")
    crawler.waits(minutes=31)
    crawler.presses_one("bo", "comms.snooze")
    crawler.waits(minutes=11)
    crawler.presses_one("bo", "comms.nothing_changed")
    crawler.waits(minutes=40)
    crawler.presses_one("ana", "nudge.dismiss")
    crawler.types("bo", "inc-1", "/incident todo @bo write a runbook by tomorrow")
    for name in ("followups.snooze", "followups.reassign"):
        crawler.waits(days=2)
        crawler.presses_one("bo", name)


def _who_comes_and_goes(crawler: Crawler) -> None:
    act, room = crawler.host.workspace.act, crawler.channel("inc-1")
    act.join(member_id("jo"), room)
    crawler.rests()
    crawler.presses_one("jo", "catchup.show")
    crawler.types("bo", room, "/incident lead me")
    for button in ("handover.back", "handover.form"):
        act.leave(member_id("bo"), room)
        crawler.rests()
        crawler.presses_one("bo", button)
    crawler.presses_one("ana", "roles.take_over")


def _what_happens_to_rooms(crawler: Crawler) -> None:
    crawler.types("bo", "general", "/incident toast burns sev4")
    _types_all(crawler, "bo", crawler.room("toast-burns"), NO_INCIDENT)
    _types_all(crawler, "ana", crawler.room("laptop-stolen"), SECRET)
    room, hidden = crawler.channel("inc-1"), crawler.room("private")
    crawler.host.workspace.change_member(member_id("goran"), is_admin=True)
    crawler.rests()
    crawler.types("goran", "general", f"/incident break-glass {crawler.key(hidden)} ana is away")
    crawler.mouse("ana", "conversations.rename", channel=room, name="inc-1-the-mess")
    crawler.mouse("ana", "conversations.archive", channel=room)
    crawler.happens("channel_unarchive", room)
    crawler.mouse("ana", "conversations.rename", channel=hidden, name="private-other")
    crawler.mouse("ana", "conversations.archive", channel=hidden)
    for kind in ("group_unarchive", "group_deleted"):
        crawler.happens(kind, hidden)
    crawler.happens("channel_deleted", crawler.room("toast-burns"))


def _how_it_ends(crawler: Crawler) -> None:
    _types_all(crawler, "ana", "inc-1", THE_END)
    crawler.presses_one("ana", "closing.update")
    crawler.presses_all("ana", but=NOT_YET)
    _types_all(crawler, "ana", "inc-1", REALLY_THE_END)
    crawler.presses_one("ana", "postmortem.publish")
    crawler.presses_all("ana")
    crawler.waits(days=6)
    crawler.presses_one("ana", "archive.keep")


def _what_nobody_cared_for(crawler: Crawler) -> None:
    """Whoever declared it is gone, and it was resolved with no word about what fixed it."""
    app, workspace = crawler.host.app, crawler.host.workspace
    over = "--started yesterday 10:00 --ended yesterday 11:00"
    crawler.types("eli", "general", f"/incident dns was away sev2 {over}")
    room = crawler.room("dns-was-away")
    with app.desk.store.write() as connection:
        known = incidents.in_room(connection, room)
        assert known is not None
        incidents.save(connection, known, fix=clean(""))
    workspace.change_member(member_id("eli"), deleted=True)
    workspace.act.join(member_id("ana"), room)
    crawler.rests()
    for button in ("closing.own_postmortem", "closing.fix_form", "keytimes.show"):
        crawler.types("ana", room, "/incident close")
        crawler.presses_one("ana", button)


def _wrong_places_and_nonsense(crawler: Crawler) -> None:
    """Each verb where it does not belong, and with words that mean nothing."""
    crawler.types("ana", "general", "/incident attic is damp sev4")
    verbs = sorted({verb.name for verb in ALL.verbs.values()} - {"cancel"})
    for verb in verbs:
        _must_help(crawler.learns("ana", "general", f"/incident {verb}"), verb)
    for verb in verbs:
        room = crawler.room("attic-is-damp")
        _must_help(crawler.learns("ana", room, f"/incident {verb} {NONSENSE}"), verb)


def _what_slack_could_ask_as_well(crawler: Crawler) -> None:
    """Choices for a menu, and no view of ours has such a menu or wants to hear of its end."""
    workspace = crawler.host.workspace
    asked = payloads.interactive(workspace.core, member_id("ana"), "block_suggestion")
    asked |= {"action_id": "service", "block_id": "service", "value": "che"}
    secret, now = workspace.identity.signing_secret, workspace.core.now()
    reach = workspace.courier()
    assert reach is not None
    assert reach(delivery.interaction(asked, secret, now)).json() == {"options": []}
    sent = str([call.args for call in workspace.log])
    assert "external_select" not in sent
    assert "notify_on_close" not in sent


def _types_all(crawler: Crawler, who: str, channel: str, rows: Sequence[Row]) -> None:
    note, key = "", crawler.key(channel)
    for row in rows:
        news = crawler.learns(who, channel, f"/incident {row.typed.format(note=note)}")
        wanted = row.brings.format(note=note, key=key)
        assert wanted in news, f"{row} brought:\n{news}"
        if noted := re.search(r"Noted as entry (\d+)", news):
            note = noted[1]


def _must_help(news: str, verb: str) -> None:
    """There are words, and no is not the last of them."""
    assert news, f"{verb} says nothing"
    if ":no_entry_sign:" in news:
        assert ":arrow_right:" in news, f"{verb} shows no way forward:\n{news}"


def _loud(logs: Sequence[Any]) -> list[str]:
    """What went wrong on our side."""
    return [one["event"] for one in logs if one["log_level"] in {"error", "critical"}]


def _nothing_is_left_to_do(crawler: Crawler) -> None:
    with crawler.host.app.desk.look() as connection:
        left = outbox_view.listed(connection, states=("pending", "inflight", "dead"), limit=100)
    assert [(one.key, one.state, one.error) for one in left] == []


def _the_record_is_whole(crawler: Crawler) -> None:
    with crawler.host.app.desk.look() as connection:
        numbers = [one.number for one in incidents.recent(connection, limit=1000)]
        assert [one for one in numbers if timeline.check(connection, one)[1]] == []
        assert audit.verify(connection).broken is None


def _everything_said_has_words(crawler: Crawler) -> None:
    state = crawler.host.workspace.core.state
    said = [
        *state.ephemerals,
        *(one for place in state.channels for one in state.messages.of(place.id)),
    ]
    empty = [one for one in said if not one.body.get("text") and not one.body.get("files")]
    assert empty == []


def _rows() -> Iterator[Row]:
    for table in ALL_TABLES:
        yield from table


def _first_word(row: Row) -> str:
    return split_verb(row.typed)[0]
