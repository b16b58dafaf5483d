"""Batches are decoded the fast way, and that way takes nothing that the careful one would not."""

import json
from typing import Any

import pytest
from starlette.responses import Response
from world import World

from bot.api import samples
from bot.api.bodies import SampleIn
from bot.app import App
from incidents.actions.samples import Reading, in_columns
from incidents.model.objective import SLOName
from incidents.model.readings import Batch

ONE = {"slo": "checkout/availability", "at": "2026-11-18T08:59:50Z", "good": 950, "bad": 50,
       "source": "edge-1", "seq": 17}  # fmt: skip
WELL = [
    {},
    {"slo": "no/such"},
    {"at": "2026-11-18T10:59:50.1234569+02:00"},
    {"at": "2026-11-18 08:59Z"},
    {"good": 10**13},
    {"source": "Zürich — 東京"},
    {"seq": 2**63 - 1},
]
ILL = [
    {"slo": "two\nlines"},
    {"slo": "no/such", "source": "a\x00b"},
    {"slo": "x" * 161},
    {"at": "2026-11-18T08:59:50"},
    {"at": "1999-01-01T00:00:00Z"},
    {"good": -1},
    {"good": 1.0},
    {"bad": True},
    {"seq": -1},
    {"source": ""},
    {"source": "\ud800"},
    {"surprise": 1},
]


def carefully(body: bytes, app: App) -> Batch:
    found = samples.parsed(body)
    assert not isinstance(found, Response)
    readings = [
        Reading(SLOName(one.slo), one.at, one.good, one.bad, one.source, one.seq)
        for one in found
        if isinstance(one, SampleIn)
    ]
    return in_columns(app.desk, readings, app.clock())


@pytest.mark.parametrize("odd", WELL)
def test_what_is_well_is_the_same_both_ways(light_world: World, odd: dict[str, Any]) -> None:
    app = light_world.app
    body = json.dumps({"samples": [ONE, {**ONE, "seq": 18, **odd}]}).encode()

    fast = samples.decoded(body, app.desk)
    careful = carefully(body, app)

    assert fast is not None
    assert (fast.slos, fast.sources) == (careful.slos, careful.sources)
    for column in ("at", "amounts", "source", "seqs"):
        right = [place for place in (0, 1) if place not in careful.unfit]
        found, expected = (getattr(one, column)[..., right] for one in (fast, careful))
        assert found.tolist() == expected.tolist(), column


@pytest.mark.parametrize("odd", ILL)
def test_what_is_ill_is_left_to_the_way_that_has_words(
    light_world: World, odd: dict[str, Any]
) -> None:
    app = light_world.app
    body = json.dumps({"samples": [{**ONE, **odd}]}).encode()

    assert samples.decoded(body, app.desk) is None
    refused = samples.parsed(body)
    assert isinstance(refused, Response)
    assert refused.status_code == 400


def test_a_number_beyond_every_column_is_refused_in_its_place(call: Any) -> None:
    answer = call("POST", "/sli", json={"samples": [ONE, {**ONE, "seq": 2**63}]})

    assert answer.json()["accepted"] == 1
    assert answer.json()["refused"] == [
        {"index": 1, "reason": "it needs a source of at most 120 letters, and a seq from 0 up"}
    ]
