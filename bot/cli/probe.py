"""``warroom probe``: what is looked at from outside, and looking now."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson
from bot.cli.found import Found, look

if TYPE_CHECKING:
    from incidents.model.probing import Probe
    from incidents.store.probes import Kept

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_EXITS = {"good": 0, "bad": 1, "unreached": 3, "unable": 3}


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every probe with what it saw last, from each place, and whether it was counted."""
    from incidents.store import probes

    configured = _configured()
    with common.desk().look() as connection:
        known = {(one.name, one.place): one for one in probes.known(connection)}
    rows: list[Sequence[object]] = [["probe", "kind", "slo", "from", "last", "what it saw"]]
    value: list[dict[str, object]] = []
    for one in configured:
        seen: list[Kept | None] = [kept for (name, _), kept in known.items() if name == one.name]
        for kept in seen or [None]:
            rows.append(_row(one, kept))
            value.append(_value(one, kept))
    if not configured:
        rows = [["No probes. Write some in probes/*.yaml."]]
    common.show({"probes": value}, rows, as_json=as_json)


def _row(one: "Probe", kept: "Kept | None") -> Sequence[object]:
    slo = one.slo or "(only a witness)"
    if kept is None or kept.at is None:
        return [one.name, one.kind, slo, "-", "-", "nothing yet: that begins with `warroom serve`"]
    said = f"{kept.outcome}: {kept.said}"
    if kept.blind_since is not None:
        said += f" (not counted since {kept.blind_since:%H:%M} UTC: nobody can be reached)"
    return [one.name, one.kind, slo, kept.place, f"{kept.at:%Y-%m-%d %H:%M:%S}", said]


def _value(one: "Probe", kept: "Kept | None") -> dict[str, object]:
    found: dict[str, object] = {
        "name": one.name,
        "kind": one.kind,
        "slo": one.slo,
        "host": one.target.host,
        "every_seconds": one.every.total_seconds(),
    }
    if kept is not None:
        found |= {
            "place": kept.place,
            "at": kept.at,
            "outcome": kept.outcome,
            "said": kept.said,
            "is_counted": kept.is_counted,
            "blind_since": kept.blind_since,
        }
    return found


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="As in probes/*.yaml.")], as_json: AsJson = False
) -> None:
    """Look once, now, from this host. Nothing is counted. Exit 0 good, 1 bad, 3 not reached."""
    from difflib import get_close_matches

    from bot.addresses import read_own
    from bot.outgoing import Outgoing
    from bot.probing import Looker
    from incidents.errors import NotFound

    configured = {one.name: one for one in _configured()}
    probe = configured.get(name.strip().lower())
    if probe is None:
        near = " or ".join(get_close_matches(name, list(configured), n=2))
        instead = f"Did you mean {near}?" if near else "See them: warroom probe list"
        raise NotFound(f"There is no probe called {name}.", instead=instead)
    outgoing = Outgoing(read_own(common.settings().warroom_allow_private_hosts))
    found = Looker(outgoing).look(probe, common.now())
    took = round(found.took.total_seconds() * 1000)
    value = {"name": name, "outcome": found.outcome.value, "said": found.said, "took_ms": took}
    common.show(value, [[found.outcome.value, found.said]], as_json=as_json)
    sys.exit(_EXITS[found.outcome.value])


def _configured() -> tuple["Probe", ...]:
    """The probes of the configuration. Raises `Misconfigured`."""
    from bot.app import read_configuration

    return read_configuration(common.settings().warroom_config_dir).probes


def checkup() -> list[Found]:
    """For ``warroom doctor``: whether probes look, and see. Nothing where there are none."""
    from incidents.errors import Misconfigured

    try:
        configured = _configured()
    except Misconfigured:
        return []
    return [look("probes", lambda: _state(configured))] if configured else []


def _state(configured: Sequence["Probe"]) -> str:
    from incidents.errors import Refused
    from incidents.store import probes

    desk = common.desk()
    now = common.now(desk)
    with desk.look() as connection:
        known = [one for one in probes.known(connection) if one.at is not None]
    names = {one.name: one for one in configured}
    current = [one for one in known if one.name in names and one.at is not None
               and now - one.at <= 3 * names[one.name].every]  # fmt: skip
    blind = [one for one in current if one.blind_since is not None]
    unable = [one for one in current if one.outcome == "unable"]
    if blind:
        raise Refused(
            f"{len(blind)} reach nobody, so nothing is counted: {blind[0].name}: {blind[0].said}.",
            instead="Does this host reach the network, and do its name servers answer?",
        )
    if unable:
        raise Refused(
            f"{unable[0].name} may not look: {unable[0].said}.",
            instead="Hosts of your own are named in WARROOM_ALLOW_PRIVATE_HOSTS.",
        )
    silent = sorted(names.keys() - {one.name for one in current})
    if silent:
        return f"{', '.join(silent)} did not look lately: that is what `warroom serve` does"
    return f"{len(names)} look"
