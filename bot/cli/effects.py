"""``warroom effects``: what is on its way outside, what failed, and trying again."""

from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    state: Annotated[list[str], typer.Option(help="pending, inflight, dead, done; repeatable.")] = [  # noqa: B006 (typer reads it once)
        "pending",
        "inflight",
        "dead",
    ],
    as_json: AsJson = False,
) -> None:
    """What waits, is being carried, or failed for good; the newest first."""
    from incidents.store import outbox_view

    with common.desk().look() as connection:
        found = outbox_view.listed(connection, states=state, limit=200)
    rows = [["STATE", "KIND", "ATTEMPTS", "KEY", "ERROR"]]
    rows += [[one.state, one.kind, str(one.attempts), one.key, one.error or ""] for one in found]
    value = [
        {"id": one.id, "key": one.key, "kind": one.kind, "state": one.state,
         "attempts": one.attempts, "created_at": one.created_at, "error": one.error}
        for one in found
    ]  # fmt: skip
    common.show({"effects": value}, rows, as_json=as_json)


@app.command()
def retry(effect: Annotated[str, typer.Argument(help="Its key or id, or INC-42 for all.")]) -> None:
    """Give what failed for good another try; serving carries it."""
    from incidents.errors import NotFound
    from incidents.model import ids
    from incidents.store import audit, outbox

    desk, number = common.desk(), ids.parse_key(effect)
    now = common.now(desk)
    with desk.store.write() as connection:
        if number is not None:
            count = outbox.retry_incident(connection, number, now)
        else:
            count = outbox.retry_one(connection, effect, now)
        if count:
            actor = common.me().actor
            audit.append(connection, at=now, actor=actor, action="effects.retry", thing=effect)
    if not count:
        raise NotFound(f"Nothing failed by that name: {effect}.", instead="warroom effects list")
    print(f"{count} will be tried again.")
