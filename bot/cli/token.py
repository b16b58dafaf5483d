"""``warroom token``: bearer tokens for whoever sends samples and alerts."""

from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    name: str,
    scope: Annotated[
        list[str], typer.Option(help="sli:write, hooks:write, incidents:write or read; repeatable.")
    ],
) -> None:
    """Make a token and show it, once.

    Example: warroom token create edge --scope sli:write
    """
    from incidents.actions.tokens import create_token

    desk = common.desk()
    print(create_token(desk, name, scope, common.now(desk), by=common.me()))


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every token: its name, what it may do, since when; never the token itself."""
    from incidents.actions.tokens import list_tokens

    found = list_tokens(common.desk())
    rows = [["NAME", "SCOPES", "CREATED (UTC)", "REVOKED"]]
    rows += [
        [one.name, " ".join(one.scopes), f"{one.created_at:%Y-%m-%d %H:%M}",
         f"{one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else "-"]
        for one in found
    ]  # fmt: skip
    value = [
        {"name": one.name, "scopes": one.scopes, "created_at": one.created_at,
         "revoked_at": one.revoked_at}
        for one in found
    ]  # fmt: skip
    common.show({"tokens": value}, rows, as_json=as_json)


@app.command()
def revoke(name: str) -> None:
    """From now on this token opens nothing."""
    from incidents.actions.tokens import revoke_token

    desk = common.desk()
    revoke_token(desk, name, common.now(desk), by=common.me())
    print(f"{name} is revoked.")
