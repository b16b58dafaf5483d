"""``warroom slo picture``: an error budget drawn into a file."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import common
from incidents.model.pictures import Picture


def picture(
    slo: Annotated[str, typer.Argument(help="Like checkout/availability.")],
    out: Annotated[Path, typer.Option(help="The file to write, .svg or .png.")],
    kind: Annotated[
        Picture, typer.Option(help="What is left, how fast it goes, or what failed.")
    ] = Picture.BURN_DOWN,
    over: Annotated[str, typer.Option(help="How long is shown: 6h, 7d or 4w; its window.")] = "",
    zone: Annotated[str, typer.Option(help="The times' zone, like Europe/Berlin.")] = "UTC",
) -> None:
    """Draw an error budget; what the picture says is printed.

    Example: warroom slo picture checkout/availability --out burn-down.svg
    """
    from incidents.actions.writing import write_whole
    from incidents.catalog.openslo_time import duration
    from incidents.errors import Refused
    from incidents.model.access import PUBLIC
    from incidents.queries.burn_downs import burn_down_of
    from incidents.render.chart import svg
    from incidents.render.raster import png
    from incidents.render.slo_charts import chart_of, zone_called

    if out.suffix not in {".svg", ".png"}:
        raise Refused(f"{out.name} is no picture.", instead="Name it something.svg or .png.")
    try:
        length, where = duration(over) if over else None, zone_called(zone)
    except ValueError as error:
        raise Refused(
            f"{error}".rstrip(".") + ".", instead="Write --over 7d, --zone Europe/Berlin."
        ) from None
    desk = common.desk()
    with desk.look() as connection:
        shown = burn_down_of(desk, connection, slo, common.now(desk), reader=PUBLIC, over=length)
    chart = chart_of(kind, shown, where)
    drawing = svg(chart)
    write_whole(out, png(drawing) if out.suffix == ".png" else drawing.encode())
    print(f"{out}: {chart.headline}. {chart.describes}")
