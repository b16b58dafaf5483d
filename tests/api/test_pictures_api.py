"""Pictures of error budgets over HTTP, for programs with a token."""

from datetime import timedelta

import pytest
from api.conftest import Call, caller
from web.conftest import fetch
from world import World

from incidents.actions.samples import Reading, ingest
from incidents.actions.tokens import create_token
from incidents.model.objective import SLOName

DRAWN = "/slos/checkout/availability/burn-down.svg"


def burns(world: World, *, minutes: int = 30) -> None:
    """Checkout fails for three of ten, for so long."""
    world.clock.pass_(timedelta(minutes=minutes))
    readings = [
        Reading(SLOName("checkout/availability"), world.clock() - timedelta(minutes=at + 1),
                700, 300, "edge", at)
        for at in range(minutes)
    ]  # fmt: skip
    assert ingest(world.app.desk, readings, world.clock()).refused == ()


def test_every_picture_comes_as_both_kinds_of_file_on_both_databases(world: World) -> None:
    burns(world)
    call = caller(world)

    for kind, media in (("svg", "image/svg+xml; charset=utf-8"), ("png", "image/png")):
        for picture in ("burn-down", "burn-rate", "errors"):
            found = call("GET", f"/slos/checkout/availability/{picture}.{kind}?over=6h")

            assert (found.status_code, found.headers["content-type"]) == (200, media)
            assert found.headers["cache-control"] == "private, no-cache"
            assert "sandbox" in found.headers["content-security-policy"]


def test_it_says_what_the_budgets_own_page_says(light_world: World, call: Call) -> None:
    burns(light_world)

    remaining = call("GET", "/slos/checkout/availability").json()["remaining"]
    drawn = call("GET", f"{DRAWN}?zone=Europe/Berlin").text

    assert remaining == pytest.approx(-299)
    assert "Error budget spent, 29900 % over" in drawn
    assert "-29900 % left." in drawn
    assert "CET" in drawn


def test_a_reader_who_has_it_is_not_sent_it_again(light_world: World, call: Call) -> None:
    burns(light_world)
    tag = call("GET", DRAWN).headers["etag"]

    for known in (tag, f'"other", W/{tag}', "*"):
        again = call("GET", DRAWN, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    burns(light_world, minutes=90)
    assert call("GET", DRAWN, headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/slos/checkout/nothing/burn-down.svg", 404, "There is no SLO called checkout/nothing."),
        ("/slos/checkout/availability/pie.svg", 400, ""),
        ("/slos/checkout/availability/burn-down.gif", 400, ""),
        (f"{DRAWN}?over=soon", 400, "How long is written like 6h, 7d or 4w."),
        (f"{DRAWN}?over=5m", 409, "5 min cannot be drawn of checkout/availability."),
        (f"{DRAWN}?over=2Y", 409, "cannot be drawn of checkout/availability."),
        (f"{DRAWN}?zone=Mars", 400, "There is no such time zone"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(
    call: Call, path: str, status: int, says: str
) -> None:
    found = call("GET", path)

    assert (found.status_code, says in found.json()["detail"]) == (status, True)


def test_a_token_that_may_not_read_gets_no_picture(light_world: World, call: Call) -> None:
    writes = create_token(light_world.app.desk, "edge", ("sli:write",), light_world.clock())

    assert call("GET", DRAWN, token=writes).status_code == 403
    assert call("GET", DRAWN, token="nobody's").status_code == 401


def test_a_private_incident_is_marked_only_for_a_token_that_may_know(
    light_world: World, call: Call
) -> None:
    world = light_world
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    burns(world)
    reads = create_token(world.app.desk, "wiki", ("read",), world.clock())
    before = call("GET", DRAWN, token=reads).text

    world.ana.types("/incident private", where="inc-1")

    assert "INC-1" in before
    assert "INC-1" not in call("GET", DRAWN, token=reads).text
    assert "INC-1" not in fetch(world, DRAWN).text
    assert "INC-1" not in fetch(world, "/slos/checkout/availability").text
    assert "INC-1" in call("GET", DRAWN).text
