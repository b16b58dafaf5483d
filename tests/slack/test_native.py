"""Slack's own tables and charts where the workspace has them, plain blocks where not."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hostile.generated import ANY, PEOPLE
from hostile.limits import faults_of_message
from hypothesis import given
from hypothesis import strategies as st
from world import World, words_of

from bot.emulator import Fault
from bot.emulator.blockkit import check_message
from bot.slack import native
from bot.slack.blocks import Message
from bot.slack.client import SlackClient, SlackSays
from bot.slack.whos_who import told
from incidents.actions.samples import Reading, ingest
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.objective import SLOName
from incidents.queries.card import card_of


def newest(world: World, who: str = "U0BO") -> dict[str, Any]:
    """The last answer that only they see."""
    return world.whispered(who)[-1]


def kinds(body: dict[str, Any]) -> list[str]:
    return [block["type"] for block in body["blocks"]]


def cells(body: dict[str, Any]) -> list[list[str]]:
    """The first table of an answer, as it is read."""
    table = next(one for one in body["blocks"] if one["type"] == "data_table")
    return [[_read(cell) for cell in row] for row in table["rows"]]


def _read(cell: dict[str, Any]) -> str:
    if cell["type"] == "raw_text":
        return str(cell["text"])
    leaf = cell["elements"][0]["elements"][0]
    return str(leaf.get("user_id") or leaf["channel_id"])


def burns(world: World, *, minutes: int = 30) -> None:
    """Checkout fails for three of ten, for so long."""
    world.clock.pass_(timedelta(minutes=minutes))
    readings = [
        Reading(SLOName("checkout/availability"), world.clock() - timedelta(minutes=at + 1),
                700, 300, "edge", at)
        for at in range(minutes)
    ]  # fmt: skip
    assert ingest(world.app.desk, readings, world.clock()).refused == ()


def test_what_is_open_is_a_table_that_leads_to_the_rooms(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where="inc-1")
    world.ana.types("/incident drill: the office printer sev4")

    world.bo.types("/incident list")

    shown = newest(world)
    assert shown["text"].splitlines()[:2] == [
        "2 open incidents", f"*INC-1* checkout 5xx <#{world.room('inc-1').id}>"
    ]  # fmt: skip
    assert cells(shown) == [
        ["Incident", "Severity", "Title", "Commander", "Room", "Status", "Since"],
        ["INC-1", "SEV2", "checkout 5xx", "U0BO", world.room("inc-1").id, "investigating",
         "Wed 18 Nov 10:00 CET"],
        ["INC-2", "SEV4", "DRILL · the office printer", "nobody", world.room("inc-2").id,
         "investigating", "Wed 18 Nov 10:00 CET"],
    ]  # fmt: skip


def test_where_slack_has_no_tables_the_plain_list_says_the_same_and_it_is_tried_once(
    light_world: World,
) -> None:
    world = light_world
    world.slack.core.lacks.add("data_table")
    world.ana.types("/incident checkout 5xx sev2 @checkout")

    for _ in range(3):
        world.bo.types("/incident list")

    assert kinds(newest(world)) == ["section"]
    assert "*INC-1* checkout 5xx" in str(newest(world)["blocks"])
    tried = [one for one in world.slack.log if "data_table" in str(one.args)]
    assert len(tried) <= 1
    assert len(world.whispered("U0BO")) == 3

    world.slack.core.lacks.clear()
    world.bo.types("/incident list")
    assert kinds(newest(world)) == ["section"]
    world.passes(days=1, minutes=1)
    world.bo.types("/incident list")
    assert "data_table" in kinds(newest(world))


@pytest.mark.parametrize("lacks", [set(), {"data_table"}])
def test_a_mention_is_answered_the_same_way(light_world: World, lacks: set[str]) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.slack.core.lacks.update(lacks)

    world.bo.types(f"<@{world.slack.identity.bot_user}> list", where="inc-1")

    assert ("data_table" in kinds(newest(world))) is not bool(lacks)
    assert "checkout 5xx" in str(newest(world)["blocks"])


def test_an_answer_that_slack_does_not_take_for_another_reason_is_given_by_another_way(
    light_world: World,
) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.slack.faults.add(Fault("response_url", error="no_service"))

    world.bo.types("/incident list", where="inc-1")

    assert "data_table" in kinds(newest(world))
    world.bo.types("/incident list")
    assert "data_table" in kinds(newest(world))


def test_who_does_what_is_a_table_with_the_teams(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    world.bo.presses("Accept", where="inc-1")
    world.bo.types("/incident affected @search", where="inc-1")

    world.bo.types("/incident who", where="inc-1")

    rows = cells(newest(world))
    assert rows[0] == ["Role", "Who", "State"]
    assert rows[1][:2] == ["Commander", "U0BO"]
    assert rows[1][2].startswith("since Wed 18 Nov 2026 10:0")
    assert ["Deputy", "nobody", "-"] in rows
    assert any(row[0].startswith("Team ") for row in rows)
    assert any(row[2].startswith("was asked to lead, no answer yet") for row in rows)
    assert "*In the room*" in str(newest(world)["blocks"])


def test_of_a_full_room_it_is_said_how_many_more_there_are(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    here = tuple(PersonId(f"U0{one:09}") for one in range(300))

    with world.app.desk.look() as connection:
        card = card_of(world.app.desk, connection, IncidentNumber(1), world.clock())
    assert card is not None
    said = str(told(card, here, ZoneInfo("UTC")).blocks)

    assert "<@U0000000099> and 200 more" in said
    assert "…" not in said


def test_a_private_incident_is_in_nobody_s_table_who_may_not_see_it(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident a leak of keys sev2 @checkout")
    world.ana.types("/incident private", where="inc-1")
    world.ana.types("/incident search is slow sev3 @search")

    for person in (world.ana, world.chen):
        person.types("/incident list")

    assert [row[0] for row in cells(newest(world, "U0ANA"))[1:]] == ["INC-1", "INC-2"]
    assert "\N{LOCK} a leak of keys" in str(newest(world, "U0ANA"))
    assert [row[0] for row in cells(newest(world, world.chen.id))[1:]] == ["INC-2"]


def test_the_budget_s_course_is_a_chart_since_before_the_incident(light_world: World) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    burns(world)

    world.bo.types("/incident slo checkout", where="inc-1")

    chart = newest(world)["blocks"][0]
    assert chart["title"] == "Error budget left, since before INC-1"
    assert chart["chart"]["type"] == "line"
    assert [one["name"] for one in chart["chart"]["series"]] == ["availability"]
    values = [one["value"] for one in chart["chart"]["series"][0]["data"]]
    assert values[0] == 100
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0
    assert len(values) == 16
    labels = chart["chart"]["axis_config"]["categories"]
    assert (labels[0], labels[-1]) == ("09:00", "10:30")
    assert "*checkout/availability*" in str(newest(world)["blocks"])


def test_elsewhere_it_is_the_last_day_and_without_charts_the_words_remain(
    light_world: World,
) -> None:
    world = light_world
    burns(world)

    world.bo.types("/incident slo")
    with_chart = newest(world)
    world.slack.core.lacks.add("data_visualization")
    world.bo.types("/incident slo")

    assert with_chart["blocks"][0]["title"] == "Error budget left, the last 24 hours"
    assert kinds(newest(world)) == kinds(with_chart)[1:]
    for shown in (with_chart, newest(world)):
        assert shown["text"].startswith("Error budgets\n*checkout/availability*")


def test_one_slo_is_drawn_as_burn_down_and_burn_rate_with_the_figures_in_words(
    light_world: World,
) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    burns(world)

    world.bo.types("/incident slo Checkout/availability 6h")
    with_charts = newest(world)
    world.slack.core.lacks.add("data_visualization")
    world.bo.types("/incident slo checkout/availability 6h")

    left, rate = (one for one in with_charts["blocks"] if "chart" in one)
    assert (left["title"], left["chart"]["type"]) == ("Error budget left, 6 h", "line")
    assert (rate["title"], rate["chart"]["type"]) == ("Burn rate, 6 h", "bar")
    assert left["chart"]["series"][0]["data"][-1] == {"label": "10:30", "value": -29900.0}
    assert rate["chart"]["series"][0]["data"][-1] == {"label": "10:30", "value": 300.0}
    assert kinds(newest(world)) == ["section", "context", "section", "context"]
    for shown in (with_charts, newest(world)):
        words = str(shown["blocks"])
        assert "18 Nov 10:30  -29900 % left  300x       30 %, " in words
        assert "INC-1 from 18 Nov 10:00 and goes on." in words
        assert shown["text"].startswith("*checkout/availability*")


def test_the_budget_on_the_card_is_drawn_with_one_click_for_who_asks_alone(
    light_world: World,
) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    burns(world)

    world.bo.presses("Draw it", where="inc-1")

    shown = newest(world)
    assert [one["title"] for one in shown["blocks"][1:3]] == [
        "Error budget left, 28 d", "Burn rate, 28 d"
    ]  # fmt: skip
    assert shown["text"].startswith("*checkout/availability*")
    assert "Burn rate" not in world.room("inc-1").text


def test_one_slo_without_events_is_told_in_words(light_world: World) -> None:
    light_world.bo.types("/incident slo checkout/availability")

    assert "data_visualization" not in kinds(newest(light_world))
    assert "no data" in str(newest(light_world)["blocks"])


@pytest.mark.parametrize("over", ["soon", "7", "1m", "9Y", "'; drop"])
def test_a_length_that_cannot_be_drawn_says_which_can(light_world: World, over: str) -> None:
    answer = words_of(light_world.bo.types(f"/incident slo checkout/availability {over}"))

    assert "Type /incident slo checkout/availability 7d" in answer or "Ask for 10 min to" in answer


@given(st.data())
def test_whatever_is_put_into_a_table_fits(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 20))
    cell = ANY.map(native.words) | PEOPLE.map(native.person)
    rows = data.draw(
        st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=130)
    )
    head = ["x" * 40] * width

    table = native.table("Rows", head, rows)

    assert faults_of_message({"text": "Rows", "blocks": [table]}) == []
    assert check_message([table])
    assert len(table["rows"]) == native.fitting(head, rows) + 1


@given(
    st.lists(ANY, min_size=1, max_size=30),
    st.dictionaries(ANY, st.floats(-1e9, 100), min_size=1, max_size=9),
    ANY,
)
def test_whatever_is_drawn_fits(labels: list[str], lines: dict[str, float], title: str) -> None:
    series = {name: [value] * len(labels) for name, value in lines.items()}

    chart = native.lines(f"x{title}", labels, series, y_label="%")

    assert faults_of_message({"text": "Lines", "blocks": [chart]}) == []
    assert check_message([chart])


class Says(httpx.BaseTransport):
    """A response_url with just one answer, as Slack has given it at one time or another."""

    def __init__(self, status: int, body: str) -> None:
        self.answer = (status, body)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(self.answer[0], text=self.answer[1], request=request)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, "ok", ""),
        (200, '{"ok": true}', ""),
        (400, "invalid_blocks", "invalid_blocks"),
        (200, '{"ok": false, "error": "invalid_blocks"}', "invalid_blocks"),
        (404, '{"ok": false, "error": "used_url"}', "response_url_refused"),
        (200, '{"ok": false, "error": "used_url"}', "response_url_refused"),
        (500, "", "response_url_refused"),
        (200, "[]", ""),
    ],
)
def test_a_refusal_is_known_in_whatever_form_it_comes(status: int, body: str, code: str) -> None:
    client = SlackClient("x", "http://workspace.test/", transport=Says(status, body))
    said = ""

    try:
        client.answer("http://workspace.test/hook", {"text": "x"})
    except SlackSays as refusal:
        said = refusal.code

    assert said == code
    client.close()


def test_small_print_is_under_both() -> None:
    said = Message("x", [{"type": "divider"}], [{"type": "divider"}, {"type": "divider"}])

    assert [len(said.under("y").blocks), len(said.under("y").native)] == [2, 3]
    assert Message("x").under("y").native == []
