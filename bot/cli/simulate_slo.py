"""``warroom slo simulate``: what would become of a budget, and who would hear of it."""

import re
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.queries.what_if import Outlook
    from incidents.queries.what_if_together import Together

_MOST = 1_000_000  # times the traffic; more than that is a slip of the finger


def simulate(
    slo: Annotated[str, typer.Argument(help="Its name, like checkout/availability.")],
    traffic: Annotated[str, typer.Option(help="Times that of the last hour: 3x, 0.5x.")] = "1x",
    error_rate: Annotated[
        str, typer.Option(help="How much of it fails: 0.2%; else as much as in the last hour.")
    ] = "",
    lasting: Annotated[
        str, typer.Option("--for", help="How long, like 6h; then all is as before. Else for good.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """What if: when the budget would run out or be back, and which alerts fire. Writes nothing.

    It starts from what was really counted, with what leaves the window.
    Example: warroom slo simulate checkout/availability --traffic 3x --error-rate 0.2% --for 6h
    """
    from incidents.queries.what_if import Question, outlook
    from incidents.queries.what_if_together import together

    question = Question(_times(traffic), _share(error_rate), _length(lasting))
    desk = common.desk()
    now = common.now(desk)
    with desk.look() as connection:
        whole = together(desk, connection, slo, question, now)
        found = None if whole else outlook(desk, connection, slo, question, now)
    if whole is not None:
        _show_together(whole, as_json=as_json)
    if found is None:
        return
    if as_json:
        common.show(_value(found, question.lasting), [], as_json=True)
        return
    print("\n".join(_lines(found, question.lasting)))


def _show_together(found: "Together", *, as_json: bool) -> None:
    from bot.api.shapes import seconds
    from incidents.model.objective import percent
    from incidents.render.tongue import span

    value = {
        "slo": found.slo,
        "left": [{"in_seconds": seconds(at), "remaining": float(left)} for at, left in found.left],
        "runs_out_in_seconds": seconds(found.runs_out_in),
        "back_in_seconds": seconds(found.back_in),
        "members": [
            {"slo": one.slo, "weight": float(one.weight), "takes": [float(it) for it in one.takes]}
            for one in found.members
        ],
        "silent": list(found.silent),
    }
    rows = [["IN", "LEFT", *(one.slo for one in found.members)]]
    for place, (at, left) in enumerate(found.left):
        takes = (f"takes {percent(one.takes[place])}" for one in found.members)
        rows.append([span(at) if at else "now", percent(left), *takes])
    common.show(value, rows, as_json=as_json)
    if not as_json:
        print("\n".join(["", _end(found), *(f"No data: {one}" for one in found.silent)]))


def _times(written: str) -> Fraction:
    """``3x``, ``0.5x`` or ``3``. Raises `Refused`."""
    from incidents.errors import Refused

    found = re.fullmatch(r"([0-9]{1,7}(?:\.[0-9]{1,6})?)\s*[xX]?", written.strip())
    if found is None or Fraction(found[1]) > _MOST:
        raise Refused(
            f"{written} is not an amount of traffic.", instead="Write it like 3x or 0.5x."
        )
    return Fraction(found[1])


def _share(written: str) -> Fraction | None:
    """``0.2%``, or ``0.002`` of 1. Raises `Refused`."""
    from incidents.errors import Refused

    if not written:
        return None
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,9})?)\s*(%?)", written.strip())
    share = Fraction(found[1]) / (100 if found[2] else 1) if found else Fraction(2)
    if share > 1:
        raise Refused(
            f"{written} is not a share of events.",
            instead="Write it like 0.2% (or 0.002), up to 100%.",
        )
    return share


def _length(written: str) -> timedelta | None:
    """``90m``, ``6h``, ``2d``. Raises `Refused`."""
    from pydantic_core import PydanticCustomError

    from incidents.catalog.values import read_duration
    from incidents.errors import Refused

    try:
        return read_duration(written) if written else None
    except PydanticCustomError:
        raise Refused(
            f"{written} is not a length of time.", instead="Write it like 90m, 6h or 2d."
        ) from None


def _lines(found: "Outlook", lasting: timedelta | None) -> list[str]:
    from incidents.model.objective import in_words, percent
    from incidents.render.tongue import span

    def flow(what: tuple[Fraction, Fraction]) -> str:
        return f"{round(what[0]):,} events/h, {percent(what[1], digits=4)} bad"

    window, left = found.over, f"{percent(found.remaining)} of the budget left"
    so_long = f"for {span(lasting)}, then as before" if lasting else "for good"
    lines = [
        f"{found.slo}: target {percent(found.target, digits=4)} over {window}, {left}",
        f"Before   {flow(found.before)} (over the last {in_words(found.measured)})",
        f"What if  {flow(found.assumed)}: burning {_rate(found.burn)}x {so_long}",
        "",
        *(f"In {span(at):>9}  {percent(left):>9} left" for at, left in found.left),
        "",
    ]
    lines += [_end(found), ""]
    lines += [f"{one.percent} % spent in {span(one.reached_in)}" for one in found.notices]
    for one in found.alerts:
        when = f"in {span(one.fires_in)}" if one.fires_in else "now"
        ends = f"; ends in {span(one.ends_in)}" if one.ends_in else "; does not end by itself"
        lines.append(f"{one.loudness.capitalize()} {when}: {one.because}{ends}")
    if not found.alerts:
        lines.append("No burn alert would fire.")
    lines += [f"Never a {why}" for why in found.refused]
    return lines


def _end(found: "Outlook | Together") -> str:
    from incidents.render.tongue import span

    if found.runs_out_in is None:
        return "The budget does not run out."
    out = f"The budget runs out in {span(found.runs_out_in)}"
    if not found.runs_out_in:
        out = "The budget is spent"
    if found.back_in is None:
        return f"{out}, and does not come back."
    return f"{out}; something is left again in {span(found.back_in)}."


def _rate(burn: Fraction) -> str:
    return f"{float(burn):.2f}".rstrip("0").rstrip(".")


def _value(found: "Outlook", lasting: timedelta | None) -> dict[str, Any]:
    from bot.api.shapes import seconds

    def flow(what: tuple[Fraction, Fraction]) -> dict[str, float]:
        return {"events_per_hour": float(what[0]), "error_rate": float(what[1])}

    return {
        "slo": found.slo,
        "target": float(found.target),
        "window_seconds": seconds(found.window),
        "remaining": float(found.remaining),
        "before": {**flow(found.before), "measured_seconds": seconds(found.measured)},
        "assumed": {
            **flow(found.assumed),
            "burn": float(found.burn),
            "for_seconds": seconds(lasting),
        },
        "left": [{"in_seconds": seconds(at), "remaining": float(left)} for at, left in found.left],
        "runs_out_in_seconds": seconds(found.runs_out_in),
        "back_in_seconds": seconds(found.back_in),
        "notices": [
            {"percent": one.percent, "in_seconds": seconds(one.reached_in)} for one in found.notices
        ],
        "alerts": [
            {
                "loudness": one.loudness,
                "fires_in_seconds": seconds(one.fires_in),
                "ends_in_seconds": seconds(one.ends_in),
                "because": one.because,
            }
            for one in found.alerts
        ],
        "never": list(found.refused),
    }
