"""Two incidents that are one outage, and one that is two: merge, split, link, and back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from oneroom.town import alert
from world import Place, World, words_of

from incidents.actions import followups, lifecycle, secrecy
from incidents.actions.alerts import take_alerts
from incidents.actions.desk import Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.places import Came
from incidents.errors import Refused
from incidents.model.access import ALL_SEEING, PUBLIC
from incidents.model.alerts import Alert
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.text import NOTHING, clean
from incidents.model.timeline import Entry, Kind
from incidents.queries.company import company_of, merged_timeline
from incidents.queries.roster import roster_of
from incidents.store import action_items, alerts, incidents, roles, timeline

ONE, TWO, THREE = (IncidentNumber(number) for number in (1, 2, 3))
TERMINAL = Origin(PersonId("cli:ana"), "cli")


@pytest.fixture
def pair(town: World) -> World:
    """INC-1 about the database, declared by Ana; INC-2 about the island, opened by its alert."""
    town.ana.types("/incident ledgers are wrong sev3 @ledger-db")
    take_alerts(town.app.desk, [alert("island")], now=town.clock())
    town.settle()
    return town


def incident(town: World, number: IncidentNumber) -> Incident:
    with town.app.desk.look() as connection:
        found = incidents.get(connection, number)
    assert found is not None
    return found


def commanders(town: World, number: IncidentNumber) -> int:
    with town.app.desk.look() as connection:
        current = roles.current(connection, number)
    return len([one for one in current if one.role == "commander"])


def room(town: World, number: IncidentNumber) -> Place:
    return town.room(f"inc-{number}")


def merge(town: World, words: str = "merge INC-1 because it is one disk") -> str:
    return words_of(town.ana.types(f"/incident {words}", where=room(town, TWO)))


def joined(town: World) -> None:
    """Ana is in the room of INC-2, and so may merge it."""
    town.slack.act.join(town.ana.id, room(town, TWO).id)
    town.settle()


def test_an_incident_becomes_part_of_another_one(pair: World) -> None:
    joined(pair)

    answer = merge(pair)

    part, whole = incident(pair, TWO), incident(pair, ONE)
    assert "INC-2 is part of INC-1 now." in answer
    assert (part.status, part.merged_into) == (Status.CLOSED, ONE)
    assert whole.services == ("ledger-db", "island")
    assert whole.severity == "sev1"
    assert commanders(pair, TWO) == 0
    assert commanders(pair, ONE) == 1
    room(pair, TWO).shows("*INC-2* is part of *INC-1* ledgers are wrong now.")
    room(pair, ONE).shows("it is one disk")
    assert pair.ana.id in room(pair, ONE).members
    assert [one.body for one in pair.record(1) if one.kind is Kind.TOOK_IN] == [
        {"from": "INC-2", "because": "it is one disk"}
    ]


def test_its_alerts_find_the_other_room_and_never_open_it_again(pair: World) -> None:
    joined(pair)
    merge(pair)
    pair.passes(minutes=20)

    (again,) = take_alerts(pair.app.desk, [_again(pair)], now=pair.clock())
    ending = Resolution(clean("fixed"), pair.clock(), pair.clock(), NOTHING)
    lifecycle.resolve(pair.app.desk, ONE, ending, by=TERMINAL, now=pair.clock())
    pair.clock.pass_(timedelta(minutes=11))
    (after_the_end,) = take_alerts(pair.app.desk, [_again(pair)], now=pair.clock())

    assert (again.came, again.incident) == (Came.JOINED, ONE)
    assert (after_the_end.came, after_the_end.incident) == (Came.REOPENED, ONE)
    assert incident(pair, TWO).status is Status.CLOSED


def _again(town: World) -> Alert:

    return replace(alert("island"), starts_at=town.clock())


def test_action_items_and_alerts_follow_and_come_back(pair: World) -> None:
    desk, now = pair.app.desk, pair.clock()
    todo = followups.Todo(clean("buy a disk"), pair.bo.id)
    followups.add(desk, TWO, todo, by=TERMINAL, now=now)
    joined(pair)

    merge(pair)
    with desk.look() as connection:
        there = [one.title.raw for one in action_items.of(connection, ONE)]
        firing = alerts.firing_of(connection, ONE)
    pair.ana.types("/incident split INC-2 it is another disk", where=room(pair, ONE))

    with desk.look() as connection:
        back = [one.title.raw for one in action_items.of(connection, TWO)]
        firing_back = alerts.firing_of(connection, TWO)
    assert (there, firing) == (["buy a disk"], 1)
    assert (back, firing_back) == (["buy a disk"], 1)
    assert incident(pair, TWO).is_open
    assert incident(pair, TWO).merged_into is None
    assert incident(pair, TWO).open_key == "alert/island/Down"
    assert incident(pair, ONE).services == ("ledger-db",)
    assert commanders(pair, TWO) == 1
    room(pair, TWO).shows("*INC-2* is an incident of its own again, and open")


def test_what_is_typed_in_the_old_room_is_about_the_other_incident(pair: World) -> None:
    joined(pair)
    merge(pair)

    said = words_of(pair.ana.types("/incident note disk 7 is full", where=room(pair, TWO)))
    shown = words_of(pair.ana.types("/incident", where=room(pair, TWO)))

    assert "INC-2 is part of INC-1 now: this was about INC-1" in said
    assert [one.body["text"] for one in pair.record(1) if one.kind is Kind.NOTE] == [
        "disk 7 is full"
    ]
    assert "INC-1 ledgers are wrong" in shown


def test_an_old_button_says_where_it_goes_on(pair: World) -> None:
    joined(pair)
    asked = room(pair, TWO).find_button("Accept", pair.ana.id)
    merge(pair)

    pair.slack.act.action(
        pair.ana.id,
        asked[1]["action_id"],
        channel=room(pair, TWO).id,
        message_ts=asked[0]["ts"],
        value=asked[1]["value"],
    )
    pair.settle()

    said = [str(call.args) for call in pair.slack.log]
    assert any("INC-2 is part of INC-1 now." in one for one in said)
    assert commanders(pair, TWO) == 0


def test_the_card_of_each_names_the_other(pair: World) -> None:
    joined(pair)
    merge(pair)

    room(pair, TWO).shows("Part of *INC-1* ledgers are wrong")
    room(pair, ONE).shows("Took in *INC-2*")


def test_the_button_in_the_old_room_takes_it_out_again(pair: World) -> None:
    joined(pair)
    merge(pair)

    pair.ana.presses("Take it out again", where=room(pair, TWO))

    assert incident(pair, TWO).is_open


def test_a_merged_incident_is_not_reopened_by_hand(pair: World) -> None:
    joined(pair)
    merge(pair)

    with pytest.raises(Refused, match="INC-2 is part of INC-1"):
        lifecycle.reopen(pair.app.desk, TWO, why="again", by=TERMINAL, now=pair.clock())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("merge INC-2", "That is INC-2 itself."),
        ("merge INC-77", "There is no INC-77."),
        ("merge checkout", "checkout is no incident."),
        ("split", "INC-2 is about one service."),
        ("link INC-2", "That is INC-2 itself."),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_forward(pair: World, words: str, answer: str) -> None:
    joined(pair)

    assert answer in merge(pair, words)


def test_a_ring_of_merges_cannot_be_made(pair: World) -> None:
    joined(pair)
    merge(pair)

    answer = words_of(pair.ana.types("/incident merge INC-2", where=room(pair, ONE)))

    assert "That is INC-1 itself." in answer


def test_a_service_is_taken_out_into_a_room_of_its_own(pair: World) -> None:
    joined(pair)
    merge(pair)

    pair.ana.types("/incident split @island The island sinks", where=room(pair, ONE))

    child = incident(pair, THREE)
    assert (child.title.raw, child.services) == ("The island sinks", ("island",))
    assert incident(pair, ONE).services == ("ledger-db",)
    room(pair, THREE).shows("Taken out of *INC-1*")
    room(pair, ONE).shows("`island` goes its own way as *INC-3*")
    (again,) = take_alerts(pair.app.desk, [_again(pair)], now=pair.clock())
    assert again.incident == THREE


def test_what_was_taken_out_does_not_join_again(town: World) -> None:
    take_alerts(town.app.desk, [alert("ledger-db"), alert("svc-0")], now=town.clock())
    town.settle()
    _in_room(town, ONE)
    town.ana.types("/incident split @svc-0", where=room(town, ONE))
    ending = Resolution(clean("fixed"), town.clock(), town.clock(), NOTHING)
    lifecycle.resolve(town.app.desk, TWO, ending, by=TERMINAL, now=town.clock())
    town.passes(minutes=45)

    (taken,) = take_alerts(town.app.desk, [_of(town, "svc-0", "Another")], now=town.clock())

    assert (taken.came, taken.incident) == (Came.OPENED, THREE)
    with town.app.desk.look() as connection:
        lines = roster_of(town.app.desk, connection, incident(town, ONE))
    assert [one.team for one in lines] == ["storage"]


def _of(town: World, service: str, name: str) -> Alert:

    labels = {"alertname": name, "service": service, "severity": "critical"}
    return replace(
        alert(service), name=name, fingerprint=name, labels=labels, starts_at=town.clock()
    )


def _in_room(town: World, number: IncidentNumber) -> None:
    town.slack.act.join(town.ana.id, room(town, number).id)
    town.settle()


def test_related_incidents_know_each_other(pair: World) -> None:
    answer = words_of(
        pair.ana.types("/incident link INC-2 because same rack", where=room(pair, ONE))
    )

    assert "INC-1 and INC-2 are linked." in answer
    room(pair, TWO).shows("Related *INC-1* ledgers are wrong")
    assert "linked already" in words_of(
        pair.ana.types("/incident link INC-2", where=room(pair, ONE))
    )


def test_the_records_of_all_are_read_as_one(pair: World) -> None:
    joined(pair)
    pair.ana.types("/incident note first, in the second room", where=room(pair, TWO))
    merge(pair)
    pair.ana.types("/incident note then, in the first room", where=room(pair, ONE))

    shown = words_of(pair.ana.types("/incident timeline", where=room(pair, ONE)))

    assert "first, in the second room" in shown
    assert shown.index("first, in the second") < shown.index("then, in the first")
    assert "Together: INC-1, INC-2" in shown


def told(town: World, number: IncidentNumber, *, by_all_seeing: bool) -> list[Entry]:
    with town.app.desk.look() as connection:
        reader = ALL_SEEING if by_all_seeing else PUBLIC
        return list(merged_timeline(connection, incident(town, number), reader))


def test_a_private_incident_is_in_no_other_one_s_record_whoever_reads(pair: World) -> None:
    joined(pair)
    merge(pair)
    pair.ana.types("/incident split @island SECRET KEYS", where=room(pair, ONE))
    secrecy.make_private(pair.app.desk, THREE, by=Origin(pair.ana.id, "slack"), now=pair.clock())
    secrecy.make_private(pair.app.desk, TWO, by=Origin(pair.ana.id, "slack"), now=pair.clock())
    pair.settle()

    seen = {
        one.incident
        for by_all_seeing in (True, False)
        for one in told(pair, ONE, by_all_seeing=by_all_seeing)
    }
    with pair.app.desk.look() as connection:
        company = company_of(connection, incident(pair, ONE), ALL_SEEING)
        whole = {one.incident for one in timeline.entries(connection, ONE)}

    assert seen == whole == {ONE}
    assert company == ()


def test_a_private_incident_is_not_merged_and_only_it_knows_what_it_is_linked_to(
    pair: World,
) -> None:
    secrecy.make_private(pair.app.desk, TWO, by=Origin(pair.ana.id, "slack"), now=pair.clock())
    pair.settle()

    refused = words_of(pair.ana.types("/incident merge INC-1", where="inc-2-private"))
    hidden = words_of(pair.bo.types("/incident merge INC-2", where=room(pair, ONE)))
    pair.ana.types("/incident link INC-1", where="inc-2-private")

    assert "A private incident cannot be a part of another one" in refused
    assert "INC-2" not in room(pair, ONE).text
    assert hidden.startswith("There is no INC-2. See what is open with /incident list.")
    assert [one.kind for one in pair.record(1)].count(Kind.LINKED) == 0
    assert [one.kind for one in pair.record(2)].count(Kind.LINKED) == 1
