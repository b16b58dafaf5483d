"""Prometheus' remote write 1.0: counters that are labelled as an SLO's good or bad events."""

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio.to_thread
import cramjam
from fastapi import Depends, FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import Response

from bot.api import doors
from bot.api.answers import answered
from bot.api.protobuf import Malformed, Series, read_series
from bot.body import read_body
from bot.clock import Clock
from bot.problems import problem
from incidents.actions.counters import Reported, take_totals
from incidents.actions.desk import Desk
from incidents.model.objective import SLOName

_LARGEST = 4 * 1024 * 1024  # bytes, compressed
_LARGEST_INSIDE = 32 * 1024 * 1024
_MOST_SAMPLES = 20_000
_MOST_TOLD = 10
_OUTCOMES = ("good", "bad")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = 7_258_118_400_000  # the year 2200, in milliseconds
_MOST = 2.0**62
_V2 = "io.prometheus.write.v2.Request"


_SOURCE = "remote write"  # the labels tell one Prometheus from another, and its replicas apart
_DESCRIBED = {
    "requestBody": {
        "required": True,
        "content": {"application/x-protobuf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Unfit(ValueError):
    """A series that nothing can be counted from, and why."""


def add_remote_write(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """The route that Prometheus writes to."""
    allowed = Depends(doors.needs(desk, "sli:write", clock))
    take = partial(_take, desk, clock)

    @api.post(
        "/write",
        status_code=204,
        dependencies=[allowed],
        openapi_extra=_DESCRIBED,
        responses=answered(),
    )
    async def remote_write(request: Request) -> Response:
        """Prometheus' remote write 1.0. Series with the labels ``slo`` and ``outcome`` count."""
        body = _not_ours(request.headers) or await read_body(request, limit=_LARGEST)
        if isinstance(body, Response):
            return body
        return await anyio.to_thread.run_sync(take, body)


def _not_ours(headers: Headers) -> Response | None:
    kind = headers.get("content-type", "").lower()
    if kind.partition(";")[0].strip() != "application/x-protobuf":
        return problem(415, "The content type has to be application/x-protobuf.")
    if _V2.lower() in kind:
        return problem(
            415,
            "This is remote write 2.0, and 1.0 is understood here. Leave protobuf_message out of"
            " Prometheus' remote_write, or set it to prometheus.WriteRequest.",
        )
    if headers.get("content-encoding", "").strip().lower() != "snappy":
        return problem(415, "The content encoding has to be snappy.")
    return None


def _take(desk: Desk, clock: Clock, body: bytes) -> Response:
    try:
        series = opened(body)
    except Malformed as error:
        return problem(400, f"This is not a snappy-compressed prometheus.WriteRequest: {error}.")
    ours = [(one, dict(one.labels)) for one in series]
    ours = [(one, labels) for one, labels in ours if "slo" in labels]
    if sum(len(one.samples) for one, _ in ours) > _MOST_SAMPLES:
        return problem(
            413,
            f"At most {_MOST_SAMPLES} samples are taken at once."
            " Set max_samples_per_send in Prometheus' queue_config.",
        )
    found: list[Reported] = []
    faults: list[str] = []
    for one, labels in ours:
        try:
            found += reports(one, labels)
        except Unfit as error:
            faults.append(f"{_shown(labels)}: {error}")
    taken = take_totals(desk, found, clock())
    faults += [f"{found[place].slo}: {why}" for place, why in taken.refused]
    if not faults:
        return Response(status_code=204)
    told = "; ".join(list(dict.fromkeys(faults))[:_MOST_TOLD])
    return problem(400, f"All others are counted; these {len(faults)} are not: {told}.")


def opened(body: bytes) -> list[Series]:
    """The series in a request's body. Raises `Malformed`."""
    try:
        size = cramjam.snappy.decompress_raw_len(body)
        if size > _LARGEST_INSIDE:
            raise Malformed(f"it is larger than {_LARGEST_INSIDE} bytes inside")
        opened = bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError:
        raise Malformed("it is not snappy") from None
    return list(read_series(opened))


def reports(series: Series, labels: dict[str, str]) -> Iterator[Reported]:
    """What a series says of the SLO that its labels name. Raises `Unfit`."""
    outcome = labels.get("outcome", "")
    if outcome not in _OUTCOMES:
        raise Unfit('it needs the label outcome, which is "good" or "bad"')
    named = "\xff".join(f"{name}\xfe{value}" for name, value in sorted(labels.items()))
    name = hashlib.sha256(named.encode()).hexdigest()
    for at, value in series.samples:
        if math.isnan(value):
            continue  # a stale marker: the series is silent from here on
        if not 0 <= value < _MOST:
            raise Unfit(f"{value:g} is no counter")
        if not 0 <= at < _LAST:
            raise Unfit("its time is not in milliseconds since 1970")
        total = int(value)
        yield Reported(
            SLOName(labels["slo"]),
            _EPOCH + at * _MILLISECOND,
            good=total if outcome == "good" else 0,
            bad=total if outcome == "bad" else 0,
            source=_SOURCE,
            series=name,
        )


def _shown(labels: dict[str, str]) -> str:
    return f"{labels.get('__name__', '')[:80]} of {labels['slo'][:80]}"
