"""Drills, and incidents that began, or ended, before anybody declared them."""

from datetime import UTC, datetime
from typing import Any

from stories.test_subscriptions import press
from world import World, words_of

from incidents.model.ids import IncidentNumber
from incidents.queries.health import figures_of
from incidents.store import due, incidents


def direct_messages(world: World) -> list[str]:
    token = world.slack.identity.bot_token
    asked = {"types": "im", "limit": 900}
    listed = world.slack.web_api("conversations.list", asked, token).body["channels"]
    return [
        message["text"]
        for one in listed
        for message in world.slack.web_api(
            "conversations.history", {"channel": one["id"], "limit": 100}, token
        ).body["messages"]
    ]


def record_of(world: World, number: int) -> Any:
    with world.app.desk.look() as connection:
        return incidents.get(connection, IncidentNumber(number))


def test_a_drill_is_marked_wherever_it_is_seen(world: World) -> None:
    answer = world.ana.types("/incident drill checkout is away sev1 @checkout")

    room = world.room("inc-1")
    assert room.name == "inc-1-drill-checkout-is-away"
    assert "*DRILL* · *INC-1*" in words_of(answer)
    assert room.info()["topic"]["value"].startswith("DRILL · SEV1 Critical")
    room.shows("DRILL · INC-1 checkout is away")
    asked = direct_messages(world)
    assert asked
    assert [text for text in asked if not text.startswith("DRILL · ")] == []
    assert "INC-1" not in world.channel("incidents").text


def test_a_drill_is_no_hint_counts_nowhere_and_takes_nothing_in(world: World) -> None:
    world.ana.types("/incident drill checkout is away sev1 @checkout")

    answer = world.bo.types("/incident checkout is away sev1 @checkout")

    assert "Is it the same outage?" not in words_of(answer)
    assert world.room("inc-2")
    figures = figures_of(world.app.desk, world.clock())
    assert [count for _, _, count in figures.incidents] == [1]


def test_who_commands_a_drill_is_free_for_what_is_real_and_the_question_says_so(
    world: World,
) -> None:
    world.ana.types("/incident drill checkout is away sev1 @checkout")
    world.bo.presses("Accept", where="inc-1")

    world.ana.types("/incident checkout is away sev1 @checkout")
    asked = world.room("inc-2")

    asked.shows("<@U0BO>")
    asked.shows("commands nothing but a drill")
    world.bo.presses("Accept", where=asked)
    world.ana.types("/incident checkout loses orders sev1 @checkout")
    press(world, "U0ANA", "Declare anyway")
    world.settle()
    asked = world.room("inc-3")
    asked.shows("commands 1 other incident and a drill, which does not count")


def test_being_asked_and_paged_in_a_drill_costs_nobody_their_rest(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident drill checkout is away sev1 @checkout")  # asks Bo
    world.ana.types("/incident page @bo", where="inc-1")

    world.ana.types("/incident cards are declined sev1 @payments")

    world.room("inc-2").shows("commands nothing else, not paged lately")


def test_a_drill_reaches_nobody_outside_unless_it_shall(world: World) -> None:
    world.ana.types("/incident drill checkout is away sev1 @checkout")
    world.ana.types("/incident drill search is away sev1 @search --page")

    with world.app.desk.look() as connection:
        fallbacks = [one.key for one in due.pending(connection, "INC-") if "/fallback/" in one.key]
    assert {key.partition("/")[0] for key in fallbacks} == {"INC-2"}


def test_a_drill_without_words_opens_the_form_for_one(world: World) -> None:
    world.ana.types("/incident drill")

    view = [one for one in world.slack.core.state.views if one.user == "U0ANA"][-1]
    kind = next(one for one in view.body["blocks"] if one["block_id"] == "private")
    assert [one["value"] for one in kind["element"]["initial_options"]] == ["drill"]


def test_an_incident_starts_when_it_started(world: World) -> None:
    answer = world.ana.types("/incident checkout 5xx sev2 @checkout at 08:12 UTC")

    found = record_of(world, 1)
    assert found.title.raw == "checkout 5xx"
    assert found.started_at == datetime(2026, 11, 18, 8, 12, tzinfo=UTC)
    assert found.declared_at > found.started_at
    assert "It started" in words_of(answer)


def test_what_is_over_calls_nobody_and_goes_straight_to_the_postmortem(world: World) -> None:
    world.ana.types("/incident dns was away sev2 @checkout --started 05:00 UTC --ended 06:30 UTC")

    found = record_of(world, 1)
    kinds = [entry.kind for entry in world.record(1)]
    room = world.room("inc-1")
    assert found.status == "resolved"
    assert (found.resolved_at - found.started_at).total_seconds() == 90 * 60
    assert found.next_update_at is None
    assert "role_offered" not in kinds
    assert "postmortem_started" in kinds
    assert room.members == [world.slack.identity.bot_user, "U0ANA"]
    assert direct_messages(world) == []
    assert "INC-1" not in world.channel("incidents").text


def test_the_form_says_what_is_wrong_with_the_times(world: World) -> None:
    world.ana.types("/incident")
    view = [one for one in world.slack.core.state.views if one.user == "U0ANA"][-1]
    end = int(world.clock().timestamp()) - 600

    done = world.slack.act.view(
        "U0ANA",
        view.id,
        {
            "title": {"declare.changed:title": "DNS was away"},
            "ended": {"declare.changed:ended": end},
        },
    )

    assert done.errors == {"started": "What is over began some time: say when."}
