"""``warroom timeline``: the record, and the proof that it is whole."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

app = typer.Typer(no_args_is_help=True)


@app.command()
def show(key: str, as_json: AsJson = False) -> None:
    """Every entry, in the order it was written."""
    from bot.api.shapes import entry_json
    from incidents.render import timeline as sentences
    from incidents.render.tongue import in_plain
    from incidents.store import people, timeline

    with common.desk().look() as connection:
        entries = timeline.entries(connection, common.number(key))
        known = {str(one.id): one for one in people.everybody(connection)}
    tongue = in_plain(known)
    rows = [
        [entry.seq, f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}", tongue.person(entry.actor),
         sentences.say(entry, tongue)]
        for entry in entries
    ]  # fmt: skip
    common.show({"entries": [entry_json(one) for one in entries]}, rows, as_json=as_json)


@app.command()
def export(
    key: str, out: Annotated[Path, typer.Option(help="The file to write: JSON lines.")]
) -> None:
    """Every entry as a line of JSON, with the hashes that prove their order.

    Pictures and files that people put on the timeline are written into a folder files beside it.
    """
    from bot.api.shapes import entry_json
    from incidents.actions import evidence
    from incidents.render.postmortem import FILES
    from incidents.store import timeline

    desk, number = common.desk(), common.number(key)
    with desk.look() as connection:
        entries = timeline.entries(connection, number)
    lines = [json.dumps(entry_json(one), ensure_ascii=False, sort_keys=True) for one in entries]
    common.write_new(out, "".join(f"{line}\n" for line in lines))
    files = evidence.write_out(desk, number, out.parent / FILES)
    common.audited(desk, "timeline.export", f"INC-{number}", entries=len(lines))
    beside = f", {files} files in {out.parent / FILES}" if files else ""
    print(f"{len(lines)} entries in {out}{beside}.")


@app.command()
def verify(key: str, as_json: AsJson = False) -> None:
    """Is the record whole, in order and unchanged? Names the first broken row. Exit 1 if not."""
    from incidents.errors import NotFound
    from incidents.store import incidents, timeline

    number = common.number(key)
    with common.desk().look() as connection:
        if incidents.get(connection, number) is None:
            raise NotFound(f"There is no {key}.", instead="See them: warroom incident list --all")
        count, broken = timeline.check(connection, number)
    value: dict[str, object] = {"entries": count, "whole": broken is None}
    if broken is None:
        rows = [[f"INC-{number}: {count} entries, whole and in order."]]
    else:
        value |= {"first_broken": broken.seq, "because": broken.because}
        rows = [[f"INC-{number}: broken at entry {broken.seq}: {broken.because}."]]
    common.show(value, rows, as_json=as_json)
    if broken is not None:
        sys.exit(1)
