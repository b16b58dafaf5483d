"""Markdown as a page, and Mermaid as a picture."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from bot.web.documents import as_html
from bot.web.drawings import draw
from incidents.model.postmortem import Phase, Spent
from incidents.render.pictures import budget_chart, gantt

START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TAGS = (
    "p h1 h2 h3 h4 h5 h6 ul ol li em strong code pre blockquote br hr a img table thead tbody tr th"
    " td div details summary"
)
ALLOWED = re.compile(rf"</?(?:{TAGS.replace(' ', '|')})\b[^<>]*>")


def parsed(drawn: str) -> ET.Element:
    """The drawing as XML: it is well formed."""
    return ET.fromstring(drawn)  # noqa: S314 (our own words)


def phase(name: str, begins: int, ends: int) -> Phase:
    """A phase between two minutes."""
    return Phase(name, START + timedelta(minutes=begins), START + timedelta(minutes=ends))


def test_comments_and_front_matter_are_not_shown() -> None:
    page = as_html("---\ntitle: x\n\n---\n\n# One\n\n<!-- begin -->\n\ntwo <!-- inside --> three\n")

    assert "begin" not in page
    assert "title" not in page
    assert "<h1>One</h1>" in page
    assert "<p>two  three</p>" in page


def test_html_is_shown_as_words() -> None:
    page = as_html('a <b onclick="x()">b</b>\n\n<script>alert(1)</script>\n')

    assert "&lt;script&gt;" in page
    assert "<b" not in page
    assert "<script" not in page


def test_an_address_that_runs_code_is_no_link() -> None:
    assert "href" not in as_html("[press](javascript:alert(1))")


@given(st.text(alphabet="<>!-/&\"'`[]()abdetilsmury =\n", max_size=200))
def test_whatever_is_written_only_our_own_tags_come_out(text: str) -> None:
    assert "<" not in ALLOWED.sub("", as_html(text))


def test_the_phases_of_an_incident_are_drawn_to_scale() -> None:
    drawn = draw(gantt("INC-1", [phase("Undetected", 0, 30), phase("Triage", 30, 40)], []))

    assert drawn is not None
    bars = [float(one.attrib["width"]) for one in parsed(drawn).iter("rect")]
    assert bars[0] / bars[1] == 3
    assert "30 min" in drawn


def test_the_course_of_a_budget_is_drawn_with_its_last_value() -> None:
    history = [(START + timedelta(minutes=at), Fraction(100 - at, 100)) for at in range(10)]
    spent = Spent("checkout/availability", Fraction(999, 1000), timedelta(days=28), None, None,
                  Fraction(9, 100), 9, tuple(history))  # fmt: skip

    drawn = draw(budget_chart(spent))

    assert drawn is not None
    line = next(parsed(drawn).iter("polyline"))
    assert len(line.attrib["points"].split()) == 10
    assert "91 %" in drawn


def test_a_picture_of_another_kind_stays_the_code_it_is() -> None:
    page = as_html("```mermaid\npie\n  a : 1\n```\n")

    assert "<pre>" in page
    assert "pie" in page


@given(st.text(max_size=80), st.integers(0, 500), st.integers(0, 500))
def test_no_title_breaks_out_of_a_drawing(title: str, begins: int, length: int) -> None:
    drawn = draw(gantt(title, [phase("Triage", begins, begins + length)], []))

    assert drawn is not None
    assert {one.tag for one in parsed(drawn).iter()} <= {
        "figure", "figcaption", "div", "svg", "text", "rect", "path",
    }  # fmt: skip
