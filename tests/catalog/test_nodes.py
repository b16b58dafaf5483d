"""YAML read by two readers: whatever the quick one answers, the thorough one says the same."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.assets import folder as asset
from incidents.catalog.nodes import Map, Seq, Unusual, read, read_quickly, read_thoroughly

WORDS = st.sampled_from([
    "a", "name", "true", "no", "null", "~", "", "15m", "09:00-17:00", "1", "007", "1.5", "1e3",
    "0x1f", "1_000", "-3", "+4", "2026-01-05", "2026-01-05 10:00", "2026-01-05T10:00:00Z", "'q'",
    '"d\\n"', "a: b", "a:b", "http://x/y", "# c", "a # c", "x#y", "*a", "&b", "!t", "- ", "-a",
    "-", "?", "? x", "@ana", "`", "%x", "|\n    l1\n    l2", "|- # c\n    l1", "|-# c",
    ">\n    f1\n    f2", "[a, b]", "{a: 1}", "{a: b, c}", "[a: b]", "{a:1}", "[1,2]", "<<", "=",
    ".inf", "yes", "on", "[]", "{}", '["a":1]', "'a':b", "ü", "a  b", "a\n  b", "99.95%",
    "+44 20", "1:30", "190:20:30", "0b1", "0o7", "08", "1.", "-.5", ".5", "''", '"a\\/b"', "a, b",
    "a]", "}b", "-_", "0x_", "._", "\t", "a\u2028b", "99999999999999999999", "2026-13-45",
])  # fmt: skip
KEYS = st.sampled_from(["a", "b", "c", "name", "1", "'k'", "true", "x y", "2026-01-05", "<<"])

SIGNS = st.sampled_from(list("[]{},:-#&*!|>'\"%@?\n ~<"))


@st.composite
def blocks(draw: st.DrawFn, indent: int = 0, depth: int = 0) -> str:
    """Something like a file of ours, and now and then like nothing at all."""
    is_map = draw(st.booleans())
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        head = " " * indent + (f"{draw(KEYS)}:" if is_map else "-")
        if depth < 2 and draw(st.integers(0, 2)) == 0:
            inner = draw(blocks(indent + 2, depth + 1))
            lines.append(f"{head}\n{inner}" if is_map else f"{head} {inner.lstrip()}")
        else:
            lines.append(f"{head} {draw(WORDS)}")
    return "\n".join(lines)


def are_same(one: Any, other: Any) -> bool:
    """The same values of the same types, at the same places."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Map):
        places = (one.at, one.places) == (other.at, other.places)
        return places and list(one) == list(other) and all(are_same(one[k], other[k]) for k in one)
    if isinstance(one, Seq):
        places = (one.at, one.places, len(one)) == (other.at, other.places, len(other))
        return places and all(map(are_same, one, other))
    return bool(one == other)


def assert_agree(text: str) -> None:
    try:
        quick = read_quickly(text)
    except Unusual:
        return
    thorough = read_thoroughly(text)

    assert len(quick) == len(thorough)
    assert all(map(are_same, quick, thorough))


@settings(max_examples=400)
@given(blocks())
def test_the_quick_reader_never_says_anything_else(text: str) -> None:
    assert_agree(text)


@settings(max_examples=300)
@given(
    text=blocks(), place=st.integers(0, 200), sign=st.sampled_from(list("[]{},:-#&*!|>'\"%@?\n ~<"))
)
def test_nor_after_a_slip_of_the_finger(text: str, place: int, sign: str) -> None:
    assert_agree(text[:place] + sign + text[place:])


def test_files_as_people_write_them_are_read_quickly() -> None:
    for path in sorted((asset("templates") / "init").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")

        assert all(map(are_same, read_quickly(text), read_thoroughly(text))), path


@pytest.mark.parametrize(
    "text",
    ["a: &x 1\nb: *x\n", "- !", "a: !!str 1\n", "a: 1\na: 2\n", "%YAML 1.2\n---\na: 1\n",
     "a: 0o17\n", "<<: {a: 1}\n", "? [a]\n: 1\n", "a:\t1\n", "a: [\n", "a: 2026-01-05T10:00:00Z\n"],
)  # fmt: skip
def test_what_is_unusual_is_left_to_the_thorough_reader(text: str) -> None:
    with pytest.raises(Unusual):
        read_quickly(text)


def test_plain_words_mean_what_yaml_1_2_says() -> None:
    (document,) = read("a: [no, on, 1:30, 007x, 12, 1.5, true, ~, 2026-01-05, '12', +44 20]\n")

    assert document["a"] == [
        "no", "on", "1:30", "007x", 12, 1.5, True, None, date(2026, 1, 5), "12", "+44 20"
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["-_", "+__", "0x_", "0b_", "0o9", "._", "-._"])
def test_what_only_begins_like_a_number_is_text(text: str) -> None:
    assert read(f"a: {text}\n") == [{"a": text}]
