"""Pictures of error budgets, for programs: in a report, a wiki, a dashboard of one's own."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request
from starlette.responses import Response

from bot import pictures
from bot.api import doors
from bot.api.answers import answered
from bot.api.looking import reader_of
from bot.clock import Clock
from bot.pictures import Format
from incidents.actions.desk import Desk
from incidents.model.pictures import Picture
from incidents.store.tokens import Token

_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture. Its words stand in it, as the description of the SVG.",
        "content": {
            "image/svg+xml": {"schema": {"type": "string"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    304: {"description": "It is the one of the ETag in If-None-Match."},
}


def add_pictures(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """``/slos/{service}/{name}/burn-down.svg``, its sisters, and all of them as PNG."""
    may_read = doors.needs(desk, "read", clock)

    @api.get(
        "/slos/{service}/{name}/{picture}.{kind}",
        response_class=Response,
        response_model=None,
        responses={**answered(), **_FILES},
    )
    def draw_slo(  # noqa: PLR0913, PLR0917 (each is a part of the address)
        request: Request,
        service: Annotated[str, Path(max_length=80)],
        name: Annotated[str, Path(max_length=80)],
        picture: Picture,
        kind: Format,
        token: Annotated[Token, Depends(may_read)],
        over: Annotated[str, Query(max_length=7, description="6h, 7d or 4w.")] = "",
        zone: Annotated[str, Query(max_length=64, description="Like Europe/Berlin.")] = "",
    ) -> Response:
        """One error budget drawn: what is left, how fast it goes, or what failed.

        ``over`` its window unless said. Private incidents are marked for a token with ``private``.
        """
        shown = pictures.course(
            desk, f"{service}/{name}", clock(), reader=reader_of(token), over=over
        )
        content = pictures.drawn(picture, kind, shown, zone)
        return pictures.answer(content, kind, request.headers)
