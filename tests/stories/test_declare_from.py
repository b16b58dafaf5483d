"""Declared from a message: what was said there is on the record, and leads to the room."""

import shutil
from pathlib import Path
from typing import Any

from world import World, words_of

from incidents import assets

CHANGED = "declare.changed:"


def opened(world: World) -> Any:
    return [one for one in world.slack.core.state.views if one.user == "U0ANA"][-1]


def submit(world: World, title: str, **more: Any) -> None:
    values = {"title": {f"{CHANGED}title": title}, **more}
    done = world.slack.act.view("U0ANA", opened(world).id, values)
    assert done.ok, done
    world.settle()


def said(world: World, who: str, channel: str, text: str, thread: str = "") -> str:
    done = world.slack.act.message(who, channel, text, thread_ts=thread)
    world.settle()
    return str(done.ts)


def test_the_message_and_its_thread_go_on_the_record(world: World) -> None:
    place = world.channel("incidents").id
    first = said(world, "U0BO", place, "nobody can log in")
    said(world, "U0CHEN", place, "same here", first)
    world.passes(minutes=2)
    world.slack.act.shortcut("U0ANA", "declare_from_message", channel=place, message_ts=first)
    assert opened(world).body["blocks"][0]["element"]["initial_value"] == "nobody can log in"

    submit(world, "Nobody can log in")

    messages = [entry for entry in world.record(1) if entry.kind == "message"]
    assert [(one.body["author"], one.body["text"]) for one in messages] == [
        ("U0BO", "nobody can log in"),
        ("U0CHEN", "same here"),
    ]
    assert all(one.body["link"].startswith("http") for one in messages)
    assert messages[0].occurred_at < world.record(1)[0].occurred_at
    token = world.slack.identity.bot_token
    asked = {"channel": place, "ts": first}
    replies = world.slack.web_api("conversations.replies", asked, token).body["messages"]
    assert replies[-1]["text"] == f"This is INC-1 now. Follow it in <#{world.room('inc-1').id}>."


def test_a_private_one_says_nothing_in_the_thread(world: World) -> None:
    place = world.channel("incidents").id
    first = said(world, "U0BO", place, "somebody is in our systems")
    world.slack.act.shortcut("U0ANA", "declare_from_message", channel=place, message_ts=first)

    submit(
        world,
        "Break-in",
        private={f"{CHANGED}private": {"selected_options": [{"value": "private"}]}},
    )

    assert "INC-1" not in world.channel("incidents").text
    token = world.slack.identity.bot_token
    asked = {"channel": place, "ts": first}
    replies = world.slack.web_api("conversations.replies", asked, token).body["messages"]
    assert len(replies) == 1
    assert [entry.kind for entry in world.record(1)].count("message") == 1


def test_the_form_keeps_the_message_while_it_changes(world: World) -> None:
    place = world.channel("incidents").id
    first = said(world, "U0BO", place, "nobody can log in")
    world.slack.act.shortcut("U0ANA", "declare_from_message", channel=place, message_ts=first)
    world.slack.act.action(
        "U0ANA",
        f"{CHANGED}severity",
        view_id=opened(world).id,
        block_id="severity",
        value="sev2",
    )

    submit(world, "Nobody can log in")

    assert "message" in [entry.kind for entry in world.record(1)]


def test_a_security_incident_is_private_and_says_so(world: World) -> None:
    answer = world.ana.types("/incident somebody got in sev1 --security")

    assert world.room("inc-1").name == "inc-1-private"
    assert "It is *private*" in words_of(answer)
    assert "The security team is told directly." in words_of(answer)
    assert "INC-1" not in world.channel("incidents").text


def test_the_security_team_is_brought_in_and_told_directly(sqlite_url: str, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(assets.folder("templates") / "init", config)
    with (config / "warroom.yaml").open("a") as file:
        file.write("access:\n  security: [dana]\n")
    world = World(sqlite_url, config=config)

    world.ana.types("/incident somebody got in sev1 --security")

    told = [
        call.args for call in world.calls("chat.postMessage") if "security incident" in str(call)
    ]
    says = "<@U0ANA> declared INC-1, a security incident (SEV1 Critical). It is private."
    assert len(told) == 1
    assert told[0]["text"].startswith(says)
    assert "U0DANA" in world.room("inc-1").members
    world.close()
