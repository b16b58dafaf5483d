"""The form says what will happen before it happens, and what is open already."""

from typing import Any

from world import World, words_of

CHANGED = "declare.changed:"


def opened(world: World, user: str = "U0ANA") -> Any:
    return [one for one in world.slack.core.state.views if one.user == user][-1]


def text_of(view: Any) -> str:
    blocks = view.body["blocks"]
    return "\n".join((one.get("text") or one.get("label") or {}).get("text", "") for one in blocks)


def choose(world: World, name: str, value: Any, *, block: str = "", **typed: str) -> None:
    values = {key: {f"{CHANGED}{key}": text} for key, text in typed.items()}
    done = world.slack.act.action(
        "U0ANA",
        f"{CHANGED}{name}",
        view_id=opened(world).id,
        block_id=block or name,
        value=value,
        values=values,
    )
    assert done.ok, done
    world.settle()


def services(*names: str) -> list[dict[str, str]]:
    return [{"value": name} for name in names]


def test_the_answers_suggest_a_severity_at_once(world: World) -> None:
    world.ana.types("/incident")
    assert "nobody named a severity or a service" in text_of(opened(world))

    choose(world, "who", "1", block="impact.who")

    assert "Suggested: *SEV2 Major* (Who is affected? Many customers)" in text_of(opened(world))


def test_the_form_shows_who_is_asked_and_then_they_are(world: World) -> None:
    world.ana.types("/incident")
    choose(world, "services", services("checkout"))
    says = text_of(opened(world))
    shown = says[says.index(":bust_in_silhouette:") :].partition("<@")[2].partition(">")[0]

    world.slack.act.view(
        "U0ANA", opened(world).id, {"title": {f"{CHANGED}title": "Checkout is away"}}
    )
    world.settle()

    offered = [one.body for one in world.record(1) if one.kind == "role_offered"]
    assert offered[0]["person"] == shown
    assert offered[0]["because"] in says
    assert "Announced in #incidents" in says
    assert set(world.room("inc-1").members) >= {"U0ANA", shown}


def test_what_was_typed_stays_when_the_form_changes(world: World) -> None:
    world.ana.types("/incident")

    choose(world, "services", services("search"), title="Search finds nothing")
    choose(world, "severity", "sev1", title="Search finds nothing")

    kept = {block["block_id"]: block.get("element", {}) for block in opened(world).body["blocks"]}
    assert kept["title"]["initial_value"] == "Search finds nothing"
    assert kept["services"]["initial_options"][0]["value"] == "search"
    assert kept["severity"]["initial_option"]["value"] == "sev1"
    assert "You chose *SEV1 Critical*, and that counts." in text_of(opened(world))


def test_a_private_one_is_announced_nowhere(world: World) -> None:
    world.ana.types("/incident")

    choose(world, "private", [{"value": "private"}])

    assert "Announced nowhere" in text_of(opened(world))


def test_the_form_says_what_is_open_for_the_service_and_join_joins(world: World) -> None:
    world.bo.types("/incident checkout 5xx sev2 @checkout")
    world.ana.types("/incident")

    choose(world, "services", services("checkout"))
    assert "*INC-1* checkout 5xx is open for the same service" in text_of(opened(world))
    world.slack.act.action(
        "U0ANA", "declare.join", view_id=opened(world).id, block_id="similar", value="INC-1"
    )
    world.settle()

    assert "U0ANA" in world.room("inc-1").members
    assert "Nothing new was declared." in text_of(opened(world))
    assert len(world.calls("conversations.create")) == 1


def test_what_was_declared_meanwhile_is_shown_once_and_declaring_again_insists(
    world: World,
) -> None:
    world.ana.types("/incident")
    world.bo.types("/incident payouts to merchants are stuck sev2")
    typed = {"title": {f"{CHANGED}title": "Merchants: no payouts"}}

    world.slack.act.view("U0ANA", opened(world).id, typed)
    world.settle()
    assert "is open with a title alike" in text_of(opened(world))
    assert len(world.calls("conversations.create")) == 1
    world.slack.act.view("U0ANA", opened(world).id, typed)
    world.settle()

    world.room("inc-2").shows("Merchants: no payouts")


def test_words_with_a_title_alike_offer_to_join(world: World) -> None:
    world.bo.types("/incident payouts to merchants are stuck sev2")

    answer = world.ana.types("/incident merchants get no payouts")

    assert "Is it the same outage?" in words_of(answer)


def test_a_private_one_is_no_hint_to_those_outside(world: World) -> None:
    world.bo.types("/incident payouts to merchants are stuck sev2 private")
    world.ana.types("/incident")

    choose(world, "severity", "sev2", title="Merchants get no payouts")

    assert "similar" not in [block["block_id"] for block in opened(world).body["blocks"]]


def test_the_answers_are_part_of_why(world: World) -> None:
    world.ana.types("/incident")
    choose(world, "safety", "0", block="impact.safety", title="Somebody got in")

    world.slack.act.view(
        "U0ANA", opened(world).id, {"title": {f"{CHANGED}title": "Somebody got in"}}
    )
    world.settle()

    declared = world.record(1)[0].body
    assert declared["severity"] == "sev1"
    assert declared["because"].endswith("Data is lost or exposed, or somebody got in")
