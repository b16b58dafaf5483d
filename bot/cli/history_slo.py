"""``warroom slo history``: what was promised when."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)


def history(
    slo: Annotated[str, typer.Argument(help="Like checkout/availability.")],
    on: Annotated[str, typer.Option(help="Only what counted then: 2026-11-03, or a time.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every definition of an SLO, and since when it counted; with --on, the one of that day.

    Example: warroom slo history checkout/availability --on 2026-11-03
    """
    from incidents.errors import NotFound, Refused
    from incidents.model.objective import SLOName, percent
    from incidents.store.promises import definitions, of_day

    desk = common.desk()
    with desk.look() as connection:
        found = definitions(connection, SLOName(slo))
    if not found:
        raise NotFound(f"No SLO called {slo} was ever promised.", instead="See: warroom slo status")
    if on:
        at = _day(on)
        if at is None:
            raise Refused(f"{on} is no day.", instead="Write 2026-11-03, or 2026-11-03T09:00Z.")
        one = of_day(found, at)
        if one is None:
            first = f"{found[0].since:%Y-%m-%d %H:%M} UTC"
            raise NotFound(f"{slo} was not promised yet on {on}.", instead=f"It is since {first}.")
        found = (one,)
    rows = [["SINCE", "TARGET", "OVER", "COUNTS", "GENERATION"]]
    rows += [
        [
            f"{one.since:%Y-%m-%d %H:%M} UTC",
            percent(one.target, digits=4),
            one.lasts,
            one.counts,
            one.generation,
        ]
        for one in found
    ]
    value = [
        {
            "since": one.since.isoformat(),
            "target": float(one.target),
            "over": one.lasts,
            "counts": one.counts,
            "generation": one.generation,
        }
        for one in found
    ]
    common.show({"slo": slo, "definitions": value}, rows, as_json=as_json)


def _day(typed: str) -> datetime | None:
    """A moment, or the end of a day in UTC; None if it is neither."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    is_day = "T" not in typed and " " not in typed
    return found.replace(tzinfo=UTC) + (_DAY - _INSTANT if is_day else timedelta())
