"""``warroom timeline``: the record, and the proof that it is whole."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from incidents.model.timeline import Entry

Merged = Annotated[
    bool, typer.Option("--merged", help="With what was merged into it or taken out of it.")
]
app = typer.Typer(no_args_is_help=True)


@app.command()
def show(key: str, merged: Merged = False, as_json: AsJson = False) -> None:
    """Every entry, in the order it was written; with --merged in the order things happened."""
    from bot.api.shapes import entry_json
    from incidents.render import timeline as sentences
    from incidents.render.tongue import in_plain
    from incidents.store import people

    with common.desk().look() as connection:
        entries = _entries(connection, key, merged=merged)
        known = {str(one.id): one for one in people.everybody(connection)}
    tongue = in_plain(known)
    rows = [
        [_place(entry, merged=merged), f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}",
         tongue.person(entry.actor), sentences.say(entry, tongue)]
        for entry in entries
    ]  # fmt: skip
    common.show({"entries": [entry_json(one) for one in entries]}, rows, as_json=as_json)


@app.command()
def export(
    key: str,
    out: Annotated[Path, typer.Option(help="The file to write: JSON lines.")],
    merged: Merged = False,
) -> None:
    """Every entry as a line of JSON, with the hashes that prove their order.

    Pictures and files that people put on the timeline are written into a folder files beside it.
    """
    from bot.api.shapes import entry_json
    from incidents.actions import evidence
    from incidents.render.postmortem import FILES

    desk, number = common.desk(), common.number(key)
    with desk.look() as connection:
        entries = _entries(connection, key, merged=merged)
    values = [{**entry_json(one), "incident": f"INC-{one.incident}"} for one in entries]
    lines = [json.dumps(one, ensure_ascii=False, sort_keys=True) for one in values]
    common.write_new(out, "".join(f"{line}\n" for line in lines))
    files = evidence.write_out(desk, number, out.parent / FILES)
    common.audited(desk, "timeline.export", f"INC-{number}", entries=len(lines))
    beside = f", {files} files in {out.parent / FILES}" if files else ""
    print(f"{len(lines)} entries in {out}{beside}.")


def _place(entry: "Entry", *, merged: bool) -> str:
    return f"INC-{entry.incident} {entry.seq}" if merged else str(entry.seq)


def _entries(connection: "Connection", key: str, *, merged: bool) -> "tuple[Entry, ...]":
    """The record of an incident; merged, with those of its parts and of what was taken out of it.

    A private incident is in no other one's record, not even for whoever sees everything.
    """
    from incidents.model.access import ALL_SEEING
    from incidents.queries.company import merged_timeline
    from incidents.store import incidents, timeline

    number = common.number(key)
    incident = incidents.get(connection, number) if merged else None
    if incident is None:
        return timeline.entries(connection, number)
    return merged_timeline(connection, incident, ALL_SEEING, everything=True)


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
