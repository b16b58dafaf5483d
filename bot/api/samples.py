"""Samples in: decoded by the ten thousand, counted once, answered when they are durable.

The fast way takes what is right, and what is refused by the rules. Whatever is not a batch goes the
other way, which is slow and finds words for every fault.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import anyio.to_thread
import msgspec
import numpy as np
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from bot.api import doors
from bot.api.answers import TakenOut, answered
from bot.api.bodies import (
    COUNTER,
    MOST_SAMPLES,
    SAMPLE,
    BatchIn,
    CounterIn,
    CountersIn,
    MixedIn,
    Moment,
    Name,
    SampleIn,
    Source,
    described,
    fields_at,
)
from bot.body import parse_object
from bot.clock import Clock
from bot.problems import invalid
from incidents.actions.counters import Reported, take_totals
from incidents.actions.desk import Desk
from incidents.actions.samples import Ingested, Reading, in_columns, take_in
from incidents.actions.together import Together
from incidents.model.objective import SLOName
from incidents.model.readings import Batch, micros, numbered

_LARGEST_BATCH = 4 * 1024 * 1024  # bytes: 10 000 samples and room to spare
_MOST_TOGETHER = 50_000  # samples in one transaction, of all batches that came meanwhile
_BATCHES_AT_ONCE = 64


class _Sample(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """As `SampleIn`; what a type does not say is looked at for all samples together."""

    slo: str
    at: str
    good: int
    bad: int
    source: str
    seq: int


class _Samples(msgspec.Struct, forbid_unknown_fields=True):
    samples: list[_Sample]


_DECODER = msgspec.json.Decoder(_Samples)
_NAMES, _SOURCES = TypeAdapter(list[Name]), TypeAdapter(list[Source])
_MOMENTS = TypeAdapter(list[Moment])


def add_samples(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """The route that takes samples in."""
    allowed = Depends(doors.needs(desk, "sli:write", clock))
    counted: Together[Batch, Ingested] = Together(
        lambda batches: take_in(desk, batches, clock()), weigh=len, most=_MOST_TOGETHER
    )
    threads = anyio.CapacityLimiter(_BATCHES_AT_ONCE)
    take = partial(_take_samples, desk, clock, counted)

    @api.post(
        "/sli",
        status_code=202,
        dependencies=[allowed],
        openapi_extra=described(MixedIn),
        responses=answered((202, TakenOut)),
    )
    async def take_samples(request: Request) -> Response:
        """Count samples. Repeating a ``(source, seq)`` changes nothing."""
        body = await doors.read(request, _LARGEST_BATCH)
        if isinstance(body, Response):
            return body
        return await anyio.to_thread.run_sync(take, body, limiter=threads)


def _take_samples(
    desk: Desk, clock: Clock, counted: Together[Batch, Ingested], body: bytes
) -> Response:
    batch = decoded(body, desk)
    taken = counted.ask(batch) if batch else _with_words(desk, clock, counted, body)
    if isinstance(taken, Response):
        return taken
    refused = [{"index": index, "reason": why} for index, why in taken.refused]
    answer = {"accepted": taken.accepted, "repeated": taken.repeated, "refused": refused}
    return JSONResponse(answer, status_code=202)


def decoded(body: bytes, desk: Desk) -> Batch | None:
    """The batch in ``body`` if it is one; None if there is a fault, or if it is too odd to tell."""
    try:
        samples = _DECODER.decode(body).samples
        amounts = np.array([[one.good for one in samples], [one.bad for one in samples]], np.int64)
        seqs = np.array([one.seq for one in samples], np.int64)
        slos = [SLOName(one.slo) for one in samples]
        sources, source = numbered([one.source for one in samples])
        moments = [one.at for one in samples]
        texts = list(set(moments))
        micros_at = dict(zip(texts, map(micros, _MOMENTS.validate_python(texts)), strict=True))
        _NAMES.validate_python(list({*slos} - {one.slo for one in desk.objectives}))
        _SOURCES.validate_python(sources)
    except (msgspec.MsgspecError, ValidationError, ValueError, OverflowError):
        return None
    if len(samples) > MOST_SAMPLES or (amounts < 0).any() or (seqs < 0).any():
        return None
    at = np.array([micros_at[text] for text in moments], np.int64)
    return Batch(slos, at, amounts, sources, source, seqs)


def _with_words(
    desk: Desk, clock: Clock, counted: Together[Batch, Ingested], body: bytes
) -> Ingested | Response:
    """The same for what may be at fault, and for totals: the answer says everything that is."""
    batch = parsed(body)
    if isinstance(batch, Response):
        return batch
    readings, reports = {}, {}
    for place, one in enumerate(batch):
        if isinstance(one, CounterIn):
            of = SLOName(one.slo)
            reports[place] = Reported(
                of, one.at, one.good_total, one.bad_total, one.source, f"totals of {of}"
            )
        else:
            readings[place] = Reading(
                SLOName(one.slo), one.at, one.good, one.bad, one.source, one.seq
            )
    parts = []
    if readings or not reports:
        taken = counted.ask(in_columns(desk, list(readings.values()), clock()))
        parts.append((list(readings), taken))
    if reports:
        parts.append((list(reports), take_totals(desk, list(reports.values()), clock())))
    return Ingested(
        sum(taken.accepted for _, taken in parts),
        sum(taken.repeated for _, taken in parts),
        tuple(sorted((at[place], why) for at, taken in parts for place, why in taken.refused)),
    )


def parsed(body: bytes) -> Sequence[SampleIn | CounterIn] | Response:
    """The samples in ``body``, or the 400 with everything that is wrong with them."""
    found = parse_object(body)
    if isinstance(found, Response):
        return found
    try:
        return MixedIn.model_validate(found).samples
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        told = [{**one, "loc": tuple(_untagged(one["loc"]))} for one in faults]
        return invalid(told, partial(fields_at, _kind(faults[0]["loc"])))


def _untagged(steps: Sequence[int | str]) -> Iterator[int | str]:
    """Without what kind of sample it was taken for, which stands after its place."""
    for place, step in enumerate(steps):
        if place != 2 or step not in (SAMPLE, COUNTER):  # noqa: PLR2004 (samples, its place, kind)
            yield step


def _kind(steps: Sequence[int | str]) -> type[BaseModel]:
    return CountersIn if COUNTER in steps else BatchIn
