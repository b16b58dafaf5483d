"""``warroom token``: bearer tokens for whoever sends samples and alerts."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.store.tokens import Token

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    name: str,
    scope: Annotated[
        list[str], typer.Option(help="sli:write, hooks:write, incidents:write or read; repeatable.")
    ],
    source: Annotated[
        str | None, typer.Option(help="The only webhook it may deliver to, like alertmanager.")
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="The only service it may speak for; repeatable.")
    ] = None,
) -> None:
    """Make a token and show it, once.

    Example: warroom token create edge --scope sli:write
    """
    from incidents.actions.tokens import Limits, create_token

    desk = common.desk()
    now, limits = common.now(desk), Limits(source, tuple(service or ()))
    print(create_token(desk, name, scope, now, by=common.me(), limits=limits))


def _limits(token: "Token") -> str:
    return " ".join(filter(None, (token.source, *(token.services or ())))) or "-"


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every token: its name, what it may do, since when; never the token itself."""
    from incidents.actions.tokens import list_tokens

    found = list_tokens(common.desk())
    rows = [["NAME", "SCOPES", "ONLY FOR", "CREATED (UTC)", "USED", "REVOKED"]]
    rows += [
        [one.name, " ".join(one.scopes), _limits(one),
         f"{one.created_at:%Y-%m-%d %H:%M}",
         f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "-",
         f"{one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else "-"]
        for one in found
    ]  # fmt: skip
    value = [
        {"name": one.name, "scopes": one.scopes, "source": one.source, "services": one.services,
         "created_at": one.created_at, "used_at": one.used_at, "revoked_at": one.revoked_at}
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
