"""Pictures of error budgets: what they say, to eyes that see no colour and to ears."""

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import Refused
from incidents.model.burn_down import BurnDown, Grid, Mark, MarkKind, Point, points_of
from incidents.model.ids import IncidentNumber, ServiceName
from incidents.model.objective import NOTHING, Counts, Objective, SLOName
from incidents.model.pictures import Picture
from incidents.model.postmortem import Spent
from incidents.render import ticks
from incidents.render.chart import svg
from incidents.render.pictures import budget_chart
from incidents.render.raster import can_draw, png
from incidents.render.slo_charts import chart_of, cost_chart, rows_of, zone_called

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
NAME = "{http://www.w3.org/2000/svg}"
CHECKOUT = Objective(
    slo=SLOName("checkout/availability"),
    service=ServiceName("checkout"),
    target=Fraction(999, 1000),
    window=28 * DAY,
)


def went(*failed: int | None, marks: tuple[Mark, ...] = ()) -> BurnDown:
    """An hour for each: of 1 000 events so many failed; None is an hour without any."""
    shown = Grid(NOON - HOUR * len(failed), NOON, HOUR)
    entering = [
        (shown.since + HOUR * place, Counts(1000 - bad, bad))
        for place, bad in enumerate(failed)
        if bad is not None
    ]
    points = points_of(CHECKOUT, shown, before=Counts(99_000, 0), entering=entering, leaving=[])
    return BurnDown(CHECKOUT, shown, points, marks)


def read(text: str) -> list[str]:
    """The words of the wide drawing."""
    wide = next(one for one in ET.fromstring(text) if one.get("class") == "wide")  # noqa: S314
    return [one.text or "" for one in wide.iter(f"{NAME}text") if one.get("class") != "halo"]


def described(text: str) -> str:
    return ET.fromstring(text).findtext(f"{NAME}desc") or ""  # noqa: S314


@pytest.mark.parametrize(
    ("failed", "picture", "headline"),
    [
        ((0, 0), Picture.BURN_DOWN, "100 % of the error budget left"),
        ((0, 50), Picture.BURN_DOWN, "50 % of the error budget left"),
        ((0, 102), Picture.BURN_DOWN, "Error budget spent"),
        ((0, 204), Picture.BURN_DOWN, "Error budget spent, 102 % over"),
        ((0, 14), Picture.BURN_RATE, "Burning 14x in the last hour"),
        ((0, None), Picture.BURN_RATE, "No events in the last hour"),
        ((1, 2), Picture.ERRORS, "0.15 % of events failed"),
        ((None, None), Picture.ERRORS, "No events"),
    ],
)
def test_the_headline_says_what_there_is_to_see(
    failed: tuple[int | None, ...], picture: Picture, headline: str
) -> None:
    chart = chart_of(picture, went(*failed))

    assert chart.headline.startswith(headline)
    assert read(svg(chart))[-2:] == [
        chart.headline, "checkout/availability · 99.9 % over 28 d · UTC"
    ]  # fmt: skip


def test_everything_in_it_is_in_words_too_in_the_readers_zone() -> None:
    marks = (
        Mark(MarkKind.INCIDENT, NOON - HOUR, None, "INC-7", IncidentNumber(7)),
        Mark(MarkKind.SPENT, NOON),
    )
    course = went(0, 0, 120, marks=marks)

    assert described(svg(chart_of(Picture.BURN_DOWN, course, BERLIN))) == (
        "Error budget left of checkout/availability, 99.9 % over 28 d, "
        "from 21 Nov 10:00 to 21 Nov 13:00 CET. "
        "INC-7 from 21 Nov 12:00 and goes on. Spent by 21 Nov 13:00. "
        "21 Nov 11:00 100 % left; 21 Nov 12:00 100 % left; 21 Nov 13:00 -18 % left."
    )
    assert rows_of(course)[-1] == ("21 Nov 12:00", "-18 % left", "120x", "12 %, 120 of 1 000")


def test_nothing_is_told_by_colour_alone() -> None:
    text = svg(chart_of(Picture.BURN_DOWN, went(0, 0, 150, 0, marks=(
        Mark(MarkKind.SPENT, NOON - HOUR),
    ))))  # fmt: skip

    assert {"nothing left", "spent", "-45.6 %"} <= set(read(text))
    assert 'fill="url(#burn-down-hatch)"' in text  # what is bad
    assert ".limit{stroke-width:1.5;stroke-dasharray" in text
    assert '<path class="flag"' in text


def test_a_gap_in_the_data_is_a_gap_in_the_line_and_says_so() -> None:
    text = svg(chart_of(Picture.ERRORS, went(5, 5, None, None, None, 5)))

    assert "no data" in read(text)
    assert text.count('<path class="steps"') == 4  # two pieces, in two drawings


def test_a_budget_without_any_events_is_drawn_as_such() -> None:
    nothing = [Point(NOON - HOUR, None, None, NOTHING), Point(NOON, None, None, NOTHING)]
    course = BurnDown(CHECKOUT, Grid(NOON - HOUR, NOON, HOUR), tuple(nothing), ())

    texts = [svg(chart_of(picture, course)) for picture in Picture]

    assert all("no data" in read(text) for text in texts)
    assert "No events, so no budget to spend" in texts[0]


def test_a_drawing_for_a_phone_stands_beside_and_both_follow_the_readers_colours() -> None:
    text = svg(chart_of(Picture.BURN_DOWN, went(0, 10, 0)))

    assert '<g class="wide">' in text
    assert '<g class="narrow">' in text
    assert "@media(max-width:540px){.wide{display:none}" in text
    assert "@media(prefers-color-scheme:dark)" in text


def test_a_hostile_name_is_only_ever_words() -> None:
    evil = Objective(
        slo=SLOName('a/"><script>alert(1)</script>&'), service=ServiceName("a"),
        target=Fraction(1, 2), window=DAY,
    )  # fmt: skip
    course = BurnDown(evil, Grid(NOON - HOUR, NOON, HOUR), went(1).points, ())

    tree = ET.fromstring(svg(chart_of(Picture.BURN_DOWN, course)))  # noqa: S314

    assert [one for one in tree.iter() if "script" in one.tag] == []


@given(
    failed=st.lists(st.none() | st.integers(0, 1000), min_size=1, max_size=40),
    picture=st.sampled_from(Picture),
)
def test_whatever_was_counted_is_drawn_within_the_picture(
    failed: list[int | None], picture: Picture
) -> None:
    text = svg(chart_of(picture, went(*failed)))

    assert "nan" not in text
    ET.fromstring(text)  # noqa: S314
    across = [float(one) for one in re.findall(r'(?: x|cx|x1)="(-?[\d.]+)"', text)]
    down = [float(one) for one in re.findall(r'(?: y|cy|y1)="(-?[\d.]+)"', text)]
    assert all(0 <= one <= 720 for one in across)
    assert all(0 <= one <= 400 for one in down)


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 100, (0, 20, 40, 60, 80, 100)),
        (-87.3, 100, (-100, -50, 0, 50, 100)),
        (0, 0.2, (0, 0.05, 0.1, 0.15, 0.2)),
        (0, 45, (0, 10, 20, 30, 40, 50)),
        (0, 0, (0, 1e-9)),
    ],
)
def test_numbers_are_round(low: float, high: float, marks: tuple[float, ...]) -> None:
    found = ticks.of_numbers(low, high, 6)

    assert found[0] <= low <= high <= found[-1]
    assert high == 0 or found == pytest.approx(marks)


@pytest.mark.parametrize(
    ("since", "until", "zone", "marks"),
    [
        (NOON - 6 * HOUR, NOON, UTC_ZONE, "06:00 07:00 08:00 09:00 10:00 11:00 12:00"),
        (NOON - DAY, NOON, BERLIN, "15:00 18:00 21:00 21 Nov 03:00 06:00 09:00 12:00"),
        (NOON - 28 * DAY, NOON, UTC_ZONE, "31 Oct 7 Nov 14 Nov 21 Nov"),
        # The night that has 25 hours: three o'clock comes once, and midnight stays midnight.
        (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC), BERLIN,
         "22:00 25 Oct 02:00 04:00 06:00 08:00"),
    ],
)  # fmt: skip
def test_times_are_those_of_a_clock_on_the_wall(
    since: datetime, until: datetime, zone: ZoneInfo, marks: str
) -> None:
    assert " ".join(words for _, words in ticks.of_times(since, until, zone, 8)) == marks


def test_a_zone_that_there_is_not_is_refused() -> None:
    assert zone_called("") == UTC_ZONE
    for name in ("Europe/Atlantis", "../../etc/passwd", "x" * 5000):
        with pytest.raises(ValueError, match="no such time zone"):
            zone_called(name)


def test_a_png_has_its_letters_whatever_fonts_the_machine_has() -> None:
    course = went(0, 0, 150, 0)
    drawing = svg(chart_of(Picture.BURN_DOWN, course))

    picture, mute = png(drawing, width=360), png(re.sub(r"<text.*?</text>", "", drawing), width=360)

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) > len(mute) * 1.5


@pytest.mark.parametrize("library", ["resvg_py", "font_source_sans_pro"])
def test_without_the_library_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)

    assert not can_draw()
    with pytest.raises(Refused, match="not installed") as refused:
        png("<svg/>")
    assert "pip install 'warroom[pictures]'" in refused.value.instead


def test_what_took_too_little_to_be_seen_is_told_and_not_drawn() -> None:
    at = datetime(2026, 11, 18, 9, tzinfo=UTC)
    course = tuple((at + timedelta(minutes=step), Fraction(1)) for step in range(10))
    full = Fraction(1)
    little = Spent("checkout/latency", Fraction(99, 100), timedelta(days=28), full, full,
                   Fraction(1, 100_000), 5, course)  # fmt: skip
    much = replace(little, spent=Fraction(1, 1000))

    assert (little.took, cost_chart(little, "INC-1")) == ("less than 0.1 %", None)
    assert budget_chart(little) == ""
    assert (much.took, bool(cost_chart(much, "INC-1"))) == ("0.1 %", True)
