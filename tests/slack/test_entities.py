"""The announcement is Slack's own incident where the workspace has that, else plain blocks."""

from typing import Any

import pytest
from slack_sdk.models.metadata import EntityMetadata, EntityType
from world import World


def announced(world: World) -> dict[str, Any]:
    """The announcement, with its metadata."""
    channel = world.channel("incidents")
    asked = {"channel": channel.id, "limit": 10, "include_all_metadata": True}
    page = world.slack.web_api("conversations.history", asked, world.slack.identity.bot_token)
    return next(one for one in page.body["messages"] if "INC-1" in one["text"])


def test_the_announcement_is_an_incident_of_slack_s_own_and_stays_true(
    light_world: World,
) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where="inc-1")
    world.bo.types("/incident sev 1 everybody", where="inc-1")

    metadata = announced(world)["metadata"]
    entity = metadata["entities"][0]
    fields = entity["entity_payload"]["fields"]
    assert entity["entity_type"] in EntityType
    EntityMetadata(**entity).validate_json()  # raises for what the SDK knows to be wrong
    assert entity["entity_payload"]["attributes"]["title"]["text"] == "checkout 5xx"
    assert (fields["status"]["value"], fields["priority"]["value"]) == (
        "investigating", "SEV1 Critical",
    )  # fmt: skip
    assert fields["assigned_to"]["user"] == {"user_id": "U0BO"}
    assert metadata["event_payload"] == {"key": "INC-1/announcement"}


def test_where_slack_refuses_it_plain_blocks_say_the_same_and_it_is_asked_once(
    light_world: World,
) -> None:
    world = light_world
    world.slack.core.lacks.add("entities")

    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where="inc-1")
    world.bo.types("/incident sev 1 everybody", where="inc-1")

    tried = [one for one in world.slack.log if "entities" in str(one.args.get("metadata"))]
    assert len(tried) == 1
    assert "entities" not in announced(world)["metadata"]
    world.channel("incidents").shows(":red_circle: *SEV1 Critical*")


def test_after_a_day_it_is_tried_again(light_world: World) -> None:
    world = light_world
    world.slack.core.lacks.add("entities")
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    world.slack.core.lacks.clear()
    world.passes(days=1, minutes=1)
    world.bo.types("/incident sev 1 everybody", where="inc-1")

    assert announced(world)["metadata"]["entities"]


def test_what_became_private_is_no_entity_any_more(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where="inc-1")

    world.bo.types("/incident private", where="inc-1")

    token = world.slack.identity.bot_token
    asked = {"channel": world.channel("incidents").id, "include_all_metadata": True}
    page = world.slack.web_api("conversations.history", asked, token)
    assert "checkout 5xx" not in str(page.body["messages"])


@pytest.mark.parametrize("kind", ["entities"])
def test_the_workspace_refuses_what_is_not_well_formed(light_world: World, kind: str) -> None:
    world = light_world
    metadata = {"event_type": "x", "event_payload": {}, kind: [{"entity_type": "slack#/other"}]}
    asked = {"channel": world.channel("incidents").id, "text": "x", "metadata": metadata}

    answer = world.slack.web_api("chat.postMessage", asked, world.slack.identity.bot_token)

    assert answer.body["error"] == "invalid_metadata_format"
