"""``warroom incident escalation|escalate|times``: who is asked next, and when what happened."""

from datetime import datetime
from typing import Annotated, Any

import typer

from bot.cli import common
from bot.cli.common import AsJson


def escalation(key: str, as_json: AsJson = False) -> None:
    """Who is asked next and when, how fast the path is climbed and why, and who answered a page.

    Example: warroom incident escalation INC-42
    """
    from bot.api.shapes import escalation_json
    from incidents.model.access import ALL_SEEING
    from incidents.queries.escalation import calls_of
    from incidents.store import incidents

    desk, number = common.desk(), common.number(key)
    with desk.look() as connection:
        one = incidents.get(connection, number, ALL_SEEING)
        if one is None:
            raise _unknown(key)
        value = escalation_json(one, calls_of(desk, connection, number))
    common.show(value, _escalation_rows(value), as_json=as_json)


def escalate(
    key: str,
    stop: Annotated[str | None, typer.Option(help="Ask nobody else, and why.")] = None,
) -> None:
    """Ask the next on the path now; with --stop nobody else, and pages fall silent.

    Example: warroom incident escalate INC-42 --stop "we have everybody we need"
    """
    from incidents.actions import climbing
    from incidents.model.text import clean

    desk, number, by, now = common.acting(key)
    if stop is not None:  # an empty reason is refused, and pages nobody
        climbing.stop(desk, number, clean(stop).raw, by=by, now=now)
        print("Nobody else is asked until somebody escalates.")
        return
    hop = climbing.climb_now(desk, number, by=by, now=now)
    print(f"Asking {hop.whom} now.")


def times(
    key: str,
    time: Annotated[
        str, typer.Argument(help="started, detected, acknowledged, mitigated or resolved.")
    ] = "",
    at: Annotated[str, typer.Argument(help="09:40, yesterday 22:10, 2026-11-21T10:00Z.")] = "",
    as_json: AsJson = False,
) -> None:
    """The five key times; or say when one of them was. Times are UTC unless they name a zone.

    Example: warroom incident times INC-42 mitigated 10:42
    """
    from bot.api.shapes import times_json
    from incidents.actions import keytimes
    from incidents.model.access import ALL_SEEING
    from incidents.store import incidents, timeline

    desk, number = common.desk(), common.number(key)
    if time:
        now = common.now(desk)
        which, moment = _key_time(time), common.past(at, now)
        keytimes.state(desk, number, which, moment, by=common.me(), now=now)
    with desk.look() as connection:
        one = incidents.get(connection, number, ALL_SEEING)
        if one is None:
            raise _unknown(key)
        entries = timeline.entries(connection, number)
    value = times_json(keytimes.facts_of(one, entries))
    common.show(value, _times_rows(value), as_json=as_json)


def _escalation_rows(value: dict[str, Any]) -> list[list[object]]:
    rows: list[list[object]] = [["WHAT", "STATE", "WHO", "WHEN (UTC)", "WHY"]]
    if value["team"] is None:
        rows.append(["path", "none", "", "", "nobody owns what is affected, or wrote a path down"])
    else:
        since, why = _clock(value["started_at"]), value["because"] or value["pace_because"]
        rows.append([f"path of {value['team']}", value["standing"], "", since, why])
    for hop in value["path"]:
        who = ", ".join([*hop["people"], *(f"on call for {one}" for one in hop["rotations"])])
        is_next = value["next"] and value["next"]["hop"] == hop["hop"]
        state = "asked" if hop["taken"] else "next" if is_next else "later"
        at = _clock(value["next"]["at"]) if is_next else ""
        rows.append([f"hop {hop['hop']}", state, who, at, f"after {hop['after_seconds']:.0f} s"])
    for one in value["pages"]:
        state = f"{one['state']} by {one['ended_by']}" if one["ended_by"] else one["state"]
        rows.append(["page", state, one["person"], _clock(one["paged_at"]), one["because"]])
    return rows


def _times_rows(value: dict[str, Any]) -> list[list[object]]:
    rows: list[list[object]] = [["TIME", "AT (UTC)", "WHOSE WORD"]]
    rows += [
        [one["time"], _clock(one["at"]) or "missing", one["because"] or one["by"]]
        for one in value["times"]
    ]
    rows += [["wrong", "", one] for one in value["conflicts"]]
    return rows


def _clock(iso: str | None) -> str:
    return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M:%S}" if iso else ""


def _key_time(typed: str) -> Any:  # noqa: ANN401 (imported late)
    from incidents.errors import Refused
    from incidents.model.keytimes import KeyTime

    found = next((one for one in KeyTime if one.startswith(typed.lower())), None)
    if found is None:
        raise Refused(f"{typed} is none of the key times.", instead=f"Use {', '.join(KeyTime)}.")
    return found


def _unknown(key: str) -> Exception:
    from incidents.errors import NotFound

    return NotFound(f"There is no {key}.", instead="See them: warroom incident list --all")
