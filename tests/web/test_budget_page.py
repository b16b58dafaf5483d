"""The console's page of one error budget."""

import html
import re

from api.test_pictures_api import burns
from web.conftest import Get
from world import World


def test_the_console_has_a_page_of_each_budget_with_all_pictures_in_words(
    light_world: World, get: Get
) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    burns(light_world)

    listed, page = get("/slos").text, get("/slos/checkout/availability?over=6h").text

    assert 'href="/slos/checkout/availability"' in listed
    pictures = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', page)
    assert [src for src, _ in pictures] == [
        f"/slos/checkout/availability/{one}.svg?over=6h"
        for one in ("burn-down", "burn-rate", "errors")
    ]
    assert "INC-1 from 18 Nov" in html.unescape(pictures[0][1])
    assert "-29900 % left" in page
    assert 'href="/incidents/INC-1"' in page
    assert [get(src).status_code for src, _ in pictures] == [200, 200, 200]


def test_what_the_console_has_no_page_for_is_said(get: Get) -> None:
    assert get("/slos/checkout/nothing").status_code == 404
    assert get("/slos/checkout/availability/pie.svg").status_code == 404
    assert get("/slos/checkout/availability?over=soon").status_code == 400
    assert get("/slos/checkout/availability?over=5m").status_code == 409
