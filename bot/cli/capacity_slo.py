"""``warroom slo capacity``: how much more traffic a service bears, as its history tells."""

from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson


def capacity(
    service: Annotated[str, typer.Argument(help="Its name, like checkout.")],
    as_json: AsJson = False,
) -> None:
    """How much more traffic a service bears before its SLOs break, or that nobody can know yet.

    From the hours of the last 26 weeks; its error is measured on weeks that it had not seen.
    Example: warroom slo capacity checkout
    """
    from bot.api.report_shapes import headroom_json
    from incidents.queries.capacity import headroom_of

    desk = common.desk()
    with desk.look() as connection:
        found = headroom_of(desk, connection, service, common.now(desk))
    rows = [["SLO", "CAPACITY"], *([one.slo, one.capacity.says] for one in found)]
    value = {"service": service, "slos": [headroom_json(one) for one in found]}
    common.show(value, rows, as_json=as_json)
