"""Blocks that Slack refuses are refused, and the words say where."""

from contextlib import suppress
from typing import Any

import pytest
from emulator.embedded import World, button, marked, modal, plain, section, text_input
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator import SlackError
from bot.emulator.blockkit import check_message, check_view


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": [*elements], **more}


def select(count: int, **more: Any) -> dict[str, Any]:
    options = [{"text": plain(f"{n}"), "value": f"{n}"} for n in range(count)]
    return {"type": "static_select", "action_id": "pick", "options": options, **more}


def words(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def rich(*leaves: dict[str, Any]) -> dict[str, Any]:
    inside = [{"type": "rich_text_section", "elements": [*leaves]}]
    return {"type": "rich_text", "elements": inside}


def table(*rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"type": "data_table", "caption": "Open", "rows": [*rows], **more}


def chart(kind: str = "line", *, labels: str = "ab", **more: Any) -> dict[str, Any]:
    data = [{"label": one, "value": -1.5} for one in labels]
    drawn = {
        "type": kind,
        "series": [{"name": "left", "data": data}],
        "axis_config": {"categories": list("ab")},
    }
    return {"type": "data_visualization", "title": "Budget", "chart": {**drawn, **more}}


def pie(value: float) -> dict[str, Any]:
    drawn = {"type": "pie", "segments": [{"label": "x", "value": value}]}
    return {"type": "data_visualization", "title": "Shares", "chart": drawn}


HEAD = [words("Key"), words("Who")]
ROW = [words("INC-1"), rich({"type": "user", "user_id": "U0ANA"})]
COUNTED = [{"type": "raw_number", "value": 3, "text": "3"}, words("x")]

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("a section over 3000", section("x" * 3001), "/blocks/0/text/text"),
    ("a section without words", {"type": "section"}, "/blocks/0"),
    ("empty text", section(""), "/blocks/0/text/text"),
    ("a header over 150", {"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text"),
    ("a header in mrkdwn", {"type": "header", "text": marked("x")}, "/blocks/0/text/type"),
    ("an unknown block", {"type": "banner"}, "/blocks/0/type"),
    ("a block without type", {"text": marked("x")}, "/blocks/0"),
    ("an unknown property", {"type": "divider", "colour": "red"}, "/blocks/0"),
    ("26 buttons", actions(*[button(f"b{n}") for n in range(26)]), "/blocks/0/elements"),
    ("no buttons", actions(), "/blocks/0/elements"),
    ("equal action ids", actions(button("go"), button("go")), "/blocks/0/elements"),
    ("a button value over 2000", actions(button("go", "x" * 2001)), "/blocks/0/elements/0/value"),
    (
        "a button text over 75",
        actions({**button("go"), "text": plain("x" * 76)}),
        "/blocks/0/elements/0/text/text",
    ),
    (
        "a made-up style",
        actions({**button("go"), "style": "loud"}),
        "/blocks/0/elements/0/style",
    ),
    ("a script as link", actions({**button("go"), "url": "javascript:x"}), "/elements/0/url"),
    ("101 options", actions(select(101)), "/blocks/0/elements/0/options"),
    ("no options", actions(select(0)), "/blocks/0/elements/0/options"),
    ("options and groups", actions(select(1, option_groups=[])), "/blocks/0/elements/0"),
    ("11 fields", {"type": "section", "fields": [marked("x")] * 11}, "/blocks/0/fields"),
    (
        "11 things in a context",
        {"type": "context", "elements": [marked("x")] * 11},
        "/blocks/0/elements",
    ),
    ("an impossible date", actions({"type": "datepicker", "initial_date": "2026-13-01"}), "date"),
    ("an input in actions", actions({"type": "plain_text_input"}), "/blocks/0/elements/0/type"),
    (
        "a bad rich text",
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{}]}]},
        "/blocks/0/elements/0/elements/0",
    ),
    ("a table without rows", table(HEAD), "/blocks/0/rows"),
    ("a table of 101 rows", table(HEAD, *[ROW] * 101), "/blocks/0/rows"),
    ("a table of 21 columns", table([words("x")] * 21, [words("x")] * 21), "/blocks/0/rows/0"),
    ("a ragged table", table(HEAD, [words("x")]), "/blocks/0/rows"),
    ("rich text in a header", table(ROW, ROW), "/blocks/0/rows/0/1/type"),
    ("an empty cell", table(HEAD, [words(""), words("x")]), "/blocks/0/rows/1/0/text"),
    ("a table of no caption", table(HEAD, ROW, caption=None), "/blocks/0"),
    ("a page of 101 rows", table(HEAD, ROW, page_size=101), "/blocks/0/page_size"),
    ("a table over 10 000", table(HEAD, [words("x" * 5000)] * 2), "/blocks"),
    ("a chart's long title", {**chart(), "title": "x" * 51}, "/blocks/0/title"),
    ("a made-up chart", chart("radar"), "/blocks/0/chart/type"),
    ("labels beside the axis", chart(labels="ac"), "/blocks/0/chart/series/0/data"),
    ("a long label", chart(labels=["x" * 21]), "/blocks/0/chart/series/0/data/0/label"),  # type: ignore[arg-type]
    ("7 lines", chart(series=chart()["chart"]["series"] * 7), "/blocks/0/chart/series"),
    ("two lines of a name", chart(series=chart()["chart"]["series"] * 2), "/chart/series"),
    ("a slice of nothing", pie(0), "/blocks/0/chart/segments/0/value"),
    ("no number", pie(float("nan")), "/blocks/0/chart/segments/0/value"),
    ("a block id over 255", section("x", block_id="x" * 256), "/blocks/0/block_id"),
]


@pytest.mark.parametrize(("what", "block", "where"), WRONG, ids=[one[0] for one in WRONG])
def test_a_wrong_block_is_refused_and_located(what: str, block: dict[str, Any], where: str) -> None:
    with pytest.raises(SlackError) as caught:
        check_message([block])

    assert caught.value.code == "invalid_blocks", what
    assert where in caught.value.extra["response_metadata"]["messages"][0]


@pytest.mark.parametrize("block", [
    table(HEAD, *[ROW] * 50, COUNTED, page_size=100, row_header_column_index=1),
    chart("line"), chart("area"), chart("bar"), pie(0.5),
])  # fmt: skip
def test_tables_and_charts_are_taken_where_the_workspace_has_them(block: dict[str, Any]) -> None:
    assert check_message([block])
    with pytest.raises(SlackError) as caught:
        check_message([block], {block["type"]})
    assert "unsupported type" in str(caught.value.extra)
    with pytest.raises(SlackError):
        check_view(modal(block), "modal")


def test_a_message_holds_two_charts_and_10000_characters_of_tables() -> None:
    wide = table(HEAD, [words("x" * 4000), words("y")])

    assert check_message([chart(), chart(), wide, wide])
    for blocks in ([chart()] * 3, [wide] * 3):
        with pytest.raises(SlackError, match="invalid_blocks"):
            check_message(blocks)


def test_a_message_holds_fifty_blocks_and_no_more() -> None:
    assert len(check_message([{"type": "divider"}] * 50)) == 50
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_message([{"type": "divider"}] * 51)


def test_two_blocks_may_not_share_an_id() -> None:
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_message([section("a", block_id="x"), section("b", block_id="x")])


def test_all_blocks_together_hold_13200_characters() -> None:
    assert check_message([section("x" * 2640)] * 5)
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message([*[section("x" * 2640)] * 5, section("x")])


def test_ids_that_were_left_out_are_filled_in_the_same_way_every_time() -> None:
    blocks = [section("a"), section("a"), actions({"type": "overflow", **select(1)}, button("go"))]

    named = check_message(blocks)

    assert named == check_message(blocks)
    assert len({block["block_id"] for block in named}) == 3


def test_a_modal_that_asks_something_needs_a_submit_button() -> None:
    form = modal(text_input())
    del form["submit"]

    with pytest.raises(SlackError) as caught:
        check_view(form, "modal")

    assert "submit" in caught.value.extra["errors"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"title": plain("x" * 25)},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"blocks": [{"type": "divider"}] * 101},
        {"blocks": []},
        {"type": "home"},
        {"title": None},
    ],
)
def test_a_modal_over_its_limits_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SlackError, match="invalid_arguments"):
        check_view(modal(section("x")) | change, "modal")


def test_a_view_over_250_kilobytes_is_too_large() -> None:
    big = [{"text": plain("x" * 75), "value": "v" * 150} for _ in range(100)]
    blocks = [
        text_input(f"b{n}", element={"type": "static_select", "action_id": "a", "options": big})
        for n in range(12)
    ]

    with pytest.raises(SlackError, match="view_too_large"):
        check_view(modal(*blocks), "modal")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "text", "elements", "accessory", "element", "options"]),
                inner | st.sampled_from(["section", "actions", "input", "button", "rich_text"]),
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_nonsense_makes_the_check_itself_fail(nonsense: Any) -> None:
    with suppress(SlackError):
        check_message(nonsense)


def test_the_refusal_reaches_the_caller_as_slack_words_it(world: World) -> None:
    answer = world.ask("chat.postMessage", channel=world.general, blocks=[section("")])

    assert answer.body["error"] == "invalid_blocks"
    assert answer.body["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    ]
