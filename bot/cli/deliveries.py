"""``warroom deliveries``: webhooks that wait, what nobody understood, and trying again."""

from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    state: Annotated[list[str], typer.Option(help="waiting, dead, done; repeatable.")] = [  # noqa: B006 (typer reads it once)
        "waiting",
        "dead",
    ],
    as_json: AsJson = False,
) -> None:
    """What was kept to be worked on later; the newest first."""
    from incidents.store import deliveries

    with common.desk().look() as connection:
        found = deliveries.listed(connection, states=state, limit=200)
    rows = [["STATE", "SOURCE", "RECEIVED", "ATTEMPTS", "ID", "ERROR"]]
    rows += [
        [one.state, one.source, f"{one.received_at:%Y-%m-%d %H:%M:%S}", str(one.attempts),
         one.id, one.error or ""]
        for one in found
    ]  # fmt: skip
    value = [
        {"id": one.id, "source": one.source, "state": one.state, "attempts": one.attempts,
         "received_at": one.received_at, "error": one.error, "body": one.body}
        for one in found
    ]  # fmt: skip
    common.show({"deliveries": value}, rows, as_json=as_json)


@app.command()
def retry(which: Annotated[str, typer.Argument(help="Its id, or a source for all of it.")]) -> None:
    """Give what nobody understood another try; serving works on it."""
    from incidents.errors import NotFound
    from incidents.store import audit, deliveries

    desk = common.desk()
    now = common.now(desk)
    with desk.store.write() as connection:
        count = deliveries.retry(connection, which)
        if count:
            actor = common.me().actor
            audit.append(connection, at=now, actor=actor, action="deliveries.retry", thing=which)
    if not count:
        raise NotFound(f"Nothing failed by that name: {which}.", instead="warroom deliveries list")
    print(f"{count} will be tried again.")
