"""Pictures of error budgets over HTTP: the same for the API and for the console."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from incidents.actions.desk import Desk
from incidents.catalog.openslo_time import duration
from incidents.model.access import Reader
from incidents.model.burn_down import BurnDown
from incidents.model.pictures import Picture
from incidents.queries.burn_downs import burn_down_of
from incidents.render.chart import svg
from incidents.render.raster import png
from incidents.render.slo_charts import chart_of, zone_called


class Format(StrEnum):
    """How a picture is written."""

    SVG = "svg"
    PNG = "png"


HEADERS = {
    # The style stands in the picture itself; nothing in it is loaded or run.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
"""It is asked for again each time, and sent again only if it has changed."""

_MEDIA = {Format.SVG: "image/svg+xml; charset=utf-8", Format.PNG: "image/png"}


def course(desk: Desk, name: str, now: datetime, *, reader: Reader, over: str = "") -> BurnDown:
    """The course of a budget ``over`` a time such as 7d; else over its window."""
    with desk.look() as connection:
        return burn_down_of(desk, connection, name, now, reader=reader, over=_length(over))


def drawn(picture: Picture, kind: Format, shown: BurnDown, zone: str = "") -> bytes:
    """The picture as a file. Raises `Refused` if it cannot be written as ``kind`` here."""
    text = svg(chart_of(picture, shown, _zone(zone)))
    return text.encode() if kind is Format.SVG else png(text)


def answer(content: bytes, kind: Format, asked: Mapping[str, str] | Headers) -> Response:
    """The file, or that the one the reader has is still true (304)."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, "ETag": tag}
    known = {one.strip().removeprefix("W/") for one in asked.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_MEDIA[kind])


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_called(name)
    except ValueError as error:
        raise HTTPException(400, f"{error}.") from None


def _length(over: str) -> timedelta | None:
    try:
        return duration(over) if over else None
    except ValueError:
        raise HTTPException(400, "How long is written like 6h, 7d or 4w.") from None
