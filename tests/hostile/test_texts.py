"""F64, F65: whatever people type, it means nothing to the destination, and nothing of it is lost.

Each destination's text is read again by a reader of that destination: a CommonMark parser, an HTML
parser, a CSV reader. `.ci/run hostile` takes 100 000 texts, the default run 3 000.
"""

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import structlog
from hostile.sizes import sized
from hostile.texts import PIECES, TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot import logs
from bot.slack import mrkdwn as slack
from incidents.model.text import clean, clean_line, csv_cell, html, markdown, mrkdwn
from incidents.render.jinja import prose, table

MANY = settings(max_examples=sized(375, 12_500))
COMMONMARK = MarkdownIt("commonmark").enable("table")
BRITTLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]")
JOINER = "\u2060"
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\x00]")


@MANY
@given(typed=TEXTS)
def test_what_is_cleaned_holds_nothing_that_hides_or_breaks(typed: str) -> None:
    text = clean(typed).raw

    assert not BRITTLE.search(text)
    assert text.encode("utf-8").decode("utf-8") == text
    assert clean(text).raw == text
    assert "\n" not in clean_line(typed).raw


@MANY
@given(typed=TEXTS)
def test_slack_finds_no_markup_in_it(typed: str) -> None:
    text = clean(typed)

    written = mrkdwn(text)

    assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", written)
    assert not re.search(rf"[*_~`](?!{JOINER})", written)
    assert not re.search(r"@(?:here|channel|everyone)", written)
    assert as_slack_shows(written) == text.raw


@MANY
@given(typed=TEXTS, label=TEXTS)
def test_a_link_in_slack_is_one_link_however_it_is_called(typed: str, label: str) -> None:
    link = slack.link(f"https://evil.example/{typed}", clean(label))

    assert re.fullmatch(r"<https://[^<>|\s]*\|[^<>|]*>", link)
    assert slack.code(clean(label)).count("`") == 2
    assert not re.search(r"<(?!@U[A-Z0-9]+>)", slack.person(clean(label).raw))


@MANY
@given(typed=TEXTS, frame=st.sampled_from(["{}", "# {}", "- {}", "> {}", "1. {}", "**x** {}"]))
def test_commonmark_finds_nothing_but_text_in_a_line(typed: str, frame: str) -> None:
    text = clean(typed)
    bare = COMMONMARK.parse(frame.format("word"))

    found = COMMONMARK.parse(frame.format("word" + markdown(text)))

    assert [one.type for one in found] == [one.type for one in bare]
    assert kinds(found) == kinds(bare)
    assert said(found) == said(bare) + visible(text.raw)


@MANY
@given(cells=st.lists(TEXTS, min_size=3, max_size=3))
def test_a_table_keeps_its_cells(cells: list[str]) -> None:
    texts = [clean(one) for one in cells]

    found = COMMONMARK.parse(table([[markdown(one) for one in texts]], "a", "b", "c"))

    held = [one for one in found if one.type == "inline"][3:]
    assert [one.content for one in found if one.type == "inline"][:3] == ["a", "b", "c"]
    assert [said([one]) for one in held] == [visible(one.raw) for one in texts]
    assert kinds(held) <= {"text"}


@MANY
@given(typed=TEXTS)
def test_commonmark_finds_paragraphs_and_lists_in_prose_and_nothing_else(typed: str) -> None:
    text = clean(typed)

    found = COMMONMARK.parse(prose(text))

    outside = {one.type.removesuffix("_open").removesuffix("_close") for one in found}
    assert outside <= {"paragraph", "bullet_list", "list_item", "inline"}
    assert kinds(found) <= {"text", "hardbreak"}
    assert letters(said(found)) == letters(without_bullets(text.raw))


@MANY
@given(typed=TEXTS)
def test_html_finds_one_text_in_it_between_tags_and_in_quotes(typed: str) -> None:
    text = clean(typed)
    page = Page()

    page.feed(f"<p title=\"{html(text)}\">{html(text)}</p><p title='{html(text)}'></p>")
    page.close()

    assert page.tags == [("p", text.raw), ("/p", ""), ("p", text.raw), ("/p", "")]
    assert "".join(page.data) == text.raw


@MANY
@given(cells=st.lists(TEXTS, min_size=2, max_size=2))
def test_a_csv_row_keeps_its_cells_and_computes_nothing(cells: list[str]) -> None:
    line = f"{csv_cell(cells[0])},{csv_cell(clean(cells[1]))}\r\n"

    (row,) = csv.reader(io.StringIO(line, newline=""), strict=True)

    assert [one.removeprefix("'") for one in row] == [
        one.removeprefix("'") for one in (cells[0], clean(cells[1]).raw)
    ]
    assert not any(FORMULA.match(one) for one in row)


@pytest.fixture(params=["json", "text"])
def written(request: pytest.FixtureRequest) -> Iterator[io.BytesIO]:
    """What is logged meanwhile, as bytes in UTF-8, in either mode."""
    root = logging.getLogger()
    before, level, config = root.handlers[:], root.level, structlog.get_config()
    sink = io.BytesIO()
    logs.configure(request.param, stream=io.TextIOWrapper(sink, "utf-8", write_through=True))
    yield sink
    root.handlers[:] = before
    root.setLevel(level)
    structlog.configure(**config)


@pytest.mark.parametrize("library", ["structlog", "logging"])
def test_one_event_is_one_line_of_the_log(written: io.BytesIO, library: str) -> None:
    @settings(max_examples=sized(95, 3200))
    @given(typed=TEXTS)
    def property_of(typed: str) -> None:
        written.seek(0)
        written.truncate()

        if library == "structlog":
            structlog.get_logger("test").info("thing_seen", text=typed, inside=[{"it": typed}])
        else:
            logging.getLogger("test").info("thing %s", typed)

        line = written.getvalue().decode("utf-8")
        assert line.endswith("\n")
        assert len(line.splitlines()) == 1
        assert line[:-1].isprintable()

    property_of()


def test_an_error_is_one_line_of_json_and_cannot_pass_for_an_event_in_text(
    written: io.BytesIO,
) -> None:
    try:
        int("".join(PIECES))
    except ValueError:
        structlog.get_logger("test").exception("thing_broke")

    first, *rest = written.getvalue().decode("utf-8").splitlines()
    if first.startswith("{"):
        assert not rest
        assert "ValueError" in json.loads(first)["exception"]
    else:
        assert rest
        assert all(line.startswith("    ") and line.isprintable() for line in rest)


@pytest.mark.parametrize("piece", PIECES)
def test_a_mebibyte_of_it_is_cut_and_the_cut_is_marked(piece: str) -> None:
    typed = "x" + piece * (1024 * 1024 // max(len(piece), 1))

    text = clean(typed, limit=3000)

    assert len(text.raw) <= 3000
    assert text.raw.endswith("…") or len(clean(piece, limit=9).raw) == 0
    assert len(mrkdwn(text)) <= 5 * 3000
    COMMONMARK.parse(markdown(text))
    COMMONMARK.parse(prose(text))


def as_slack_shows(written: str) -> str:
    """Slack's own three entities read back, and word joiners, which nobody sees, left out."""
    plain = written.replace(JOINER, "")
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def kinds(tokens: list[Token]) -> set[str]:
    """Every kind of inline token."""
    return {inner.type for one in tokens for inner in one.children or []}


def said(tokens: list[Token]) -> str:
    """What a reader of the document reads."""
    return "".join(
        inner.content if inner.type == "text" else " "
        for one in tokens
        for inner in one.children or []
        if inner.type in {"text", "hardbreak", "softbreak"}
    )


def visible(text: str) -> str:
    """The text as it stands in one line."""
    return re.sub(r"\s+", " ", text).strip()


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


def without_bullets(text: str) -> str:
    """What begins with a bullet becomes an item of a list, and loses its bullet."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line[2:] if line[:2] in {"- ", "* ", "• "} else line for line in lines)


class Page(HTMLParser):
    """What a reader of HTML makes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, str]] = []
        self.data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs).get("title") or ""))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ""))

    def handle_data(self, data: str) -> None:
        self.data.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.tags.append(("declaration", decl))
