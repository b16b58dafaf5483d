"""``warroom gate``: may a service be changed? At the terminal, and in a pipeline."""

import sys
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.model.objective import Counts

_EVERY = timedelta(seconds=15)  # with --wait: pipelines are patient, and there are many of them
_MOST_WAIVERS = 50
_PASSES = ("go", "warn")


class _ServiceOrCommand(TyperGroup):
    """``warroom gate checkout`` is ``warroom gate check checkout``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (typer's own copy of click)
        named = next((one for one in args if not one.startswith("-")), None)
        if named is not None and named not in self.commands:
            args = ["check", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_ServiceOrCommand, no_args_is_help=True)


@app.callback()
def gate() -> None:
    """May a service be changed now? Exit 0 go, 1 warn, 2 frozen, 3 unknown.

    Example: warroom gate checkout && ./deploy.sh
    """


class Unknown(StrEnum):
    """What it means that nobody can tell."""

    GO = "go"
    FROZEN = "frozen"
    UNKNOWN = "unknown"


Means = Annotated[
    Unknown | None,
    typer.Option(
        "--unknown", help="What it means that nobody can tell; else warroom.yaml says, or unknown."
    ),
]
Server = Annotated[
    str,
    typer.Option(
        envvar="WARROOM_SERVER",
        help="Ask a running server, with the token in WARROOM_TOKEN: no database is needed here.",
    ),
]


@app.command()
def check(
    service: str,
    unknown: Means = None,
    change: Annotated[
        str, typer.Option(help="What shall go out, like a commit: a waiver may be for one only.")
    ] = "",
    wait: Annotated[
        str, typer.Option(help="Ask again for so long, like 30m, until it opens.")
    ] = "",
    server: Server = "",
    as_json: AsJson = False,
) -> None:
    """May this service be changed now? Exit 0 go, 1 warn, 2 frozen, 3 unknown.

    A misspelt service or option is exit 2 as well: what is wrong lets nothing through. With
    --unknown go an unreachable server is go, with --unknown frozen it is frozen.

    Example: warroom gate checkout --server https://warroom.example && ./deploy.sh
    """
    ask = _far(service, server, unknown, change) if server else _here(service, unknown, change)
    found = patiently(ask, _length(wait))
    answer(found, as_json=as_json)


@app.command()
def canary(  # noqa: PLR0913, PLR0917 (typer wants each option as a parameter)
    baseline: Annotated[str, typer.Option(help="What the old version served: GOOD/BAD.")],
    canary: Annotated[str, typer.Option(help="What the new version served: GOOD/BAD.")],
    sure: Annotated[float, typer.Option(help="Frozen below this chance.")] = 0.01,
    likely: Annotated[float, typer.Option(help="A warning below this chance.")] = 0.05,
    worse: Annotated[float, typer.Option(help="Frozen above so many times as often.")] = 1.5,
    fewest: Annotated[int, typer.Option(help="Fewer events tell nothing.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Is a new version worse than the old one, or is it chance? Exit as the gate does.

    Fisher's exact test, one-sided; how many times as often it fails, with an interval of 95 %.

    Example: warroom gate canary --baseline 9980/20 --canary 982/18
    """
    from incidents.model.canary import Rules, compared
    from incidents.render.gate import canary_json

    rules = Rules(sure, max(sure, likely), worse, fewest)
    gate, found = compared(_counts(baseline), _counts(canary), rules)
    answer(canary_json("", gate, found), as_json=as_json)


def _counts(written: str) -> "Counts":
    from incidents.errors import Refused
    from incidents.model.objective import Counts

    good, slash, bad = (part.strip() for part in written.partition("/"))
    if not slash or not all(part.isascii() and part.isdigit() for part in (good, bad)):
        raise Refused(f"“{written[:40]}” is not GOOD/BAD.", instead="Write it like 9980/20.")
    return Counts(int(good), int(bad))


@app.command("waivers")
def waivers_(
    service: Annotated[str, typer.Argument(help="Only this service's.")] = "",
    as_json: AsJson = False,
) -> None:
    """The newest waivers: who asked, who approved, until when and why. Asked for in Slack."""
    from incidents.render.gate import waiver_json
    from incidents.store import people, waivers

    desk = common.desk()
    name = desk.catalog.find_service(service).name if service else None
    with desk.look() as connection:
        found = waivers.latest(connection, name, limit=_MOST_WAIVERS)
        who = {one.asked_by for one in found} | {one.decided_by or "" for one in found}
        known = {each: one.name for each, one in people.several(connection, who).items()}
    rows = [["SERVICE", "STATE", "UNTIL (UTC)", "ASKED BY", "DECIDED BY", "FOR", "BECAUSE", "ID"]]
    rows += [
        [
            one.service,
            one.state,
            f"{one.until:%Y-%m-%d %H:%M}",
            known.get(one.asked_by, one.asked_by),
            known.get(one.decided_by or "", one.decided_by or "-"),
            one.change or "any change",
            one.because.raw,
            one.id,
        ]
        for one in found
    ]
    value = {"waivers": [waiver_json(one) for one in found]}
    common.show(value, rows if found else [["There are no waivers."]], as_json=as_json)


@app.command()
def revoke(
    waiver: Annotated[str, typer.Argument(help="Its ID, as `warroom gate waivers` shows it.")],
) -> None:
    """Close a waived gate again, or take a request back. Whoever asked hears of it."""
    from incidents.actions.waiving import revoke as revoked

    desk = common.desk()
    done = revoked(desk, waiver, by=common.me(), now=common.now(desk))
    print(f"The gate of {done.service} says again what it says by itself.")


def answer(found: dict[str, Any], *, as_json: bool) -> None:
    """Print what the gate says, and leave with the exit code for it."""
    from incidents.model.gate import EXIT_CODES

    first, *others = found["reasons"]
    rows = [[f"{found['verdict'].upper()}: {first['says']}"]]
    rows += [[f"  {one['verdict']}: {one['says']}"] for one in others]
    common.show(found, rows, as_json=as_json)
    sys.exit(EXIT_CODES[found["verdict"]])


def _here(service: str, unknown: Unknown | None, change: str) -> Callable[[], dict[str, Any]]:
    from incidents.model.gate import Verdict
    from incidents.queries.gate import gate_of
    from incidents.render.gate import gate_json

    desk = common.desk()
    means = Verdict(unknown) if unknown else None

    def ask() -> dict[str, Any]:
        with desk.look() as connection:
            now = common.now(desk)
            found = gate_of(desk, connection, service, now, unknown=means, change=change)
        return gate_json(service, found)

    return ask


def _far(
    service: str, server: str, unknown: Unknown | None, change: str
) -> Callable[[], dict[str, Any]]:
    from urllib.parse import quote

    from bot.cli.far import Far
    from incidents.errors import Unavailable

    far = Far(server)
    query = {"unknown": unknown.value} if unknown else {}
    query |= {"change": change} if change else {}

    def ask() -> dict[str, Any]:
        try:
            return far.get(f"/gate/{quote(service, safe='')}", query)
        except Unavailable as error:
            return unreachable(service, str(error), unknown)

    return ask


def unreachable(service: str, why: str, unknown: Unknown | None) -> dict[str, Any]:
    """What the gate says when it cannot be asked: nobody can tell, and what that means."""
    from incidents.model.gate import Ground, Reason, Verdict, decide
    from incidents.render.gate import gate_json

    reason = Reason(Verdict.UNKNOWN, Ground.SILENCE, why)
    return gate_json(service, decide([reason], Verdict(unknown or Unknown.UNKNOWN)))


def patiently(ask: Callable[[], dict[str, Any]], wait: timedelta) -> dict[str, Any]:
    """The first answer that lets it through, or the last one within ``wait``."""
    from threading import Event

    from bot.clock import monotonic

    until = monotonic() + wait.total_seconds()
    found = ask()
    while found["verdict"] not in _PASSES and (left := until - monotonic()) > 0:
        print(f"{found['verdict'].upper()}: {found['because']} Asking again.", file=sys.stderr)
        Event().wait(min(_EVERY.total_seconds(), left))
        found = ask()
    return found


def _length(written: str) -> timedelta:
    from incidents.errors import Refused
    from incidents.model.triage_facts import parse_duration

    if not written:
        return timedelta(0)
    found = parse_duration(written)
    if found is None:
        raise Refused(f"“{written}” is not a length of time.", instead="Say it like 30m or 2h.")
    return found
