"""Files of messages on the timeline become our own, so that the record is whole without Slack."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.writing import write_whole
from incidents.model import effects, ids
from incidents.model.effects import Receipt
from incidents.model.evidence import Kept, filename, kept_of, kind_of, too_large
from incidents.model.ids import IncidentNumber
from incidents.model.people import BOT
from incidents.model.timeline import Entry, Kind
from incidents.store import files, timeline
from incidents.store.outbox import Claimed

_MOST = 10  # files of one message: Slack allows no more


def fetch_in(work: Work, entry: Entry | None, before: Iterable[str] = ()) -> None:
    """Fetch the files of an entry that was just written, but for those that are here already."""
    if entry is None:
        return
    here = frozenset(before)
    for file in list(entry.body.get("files") or ())[:_MOST]:
        if file["id"] not in here:
            work.send(effects.keep_file(entry.incident, entry.seq, file))


def keep(desk: Desk, content: bytes, now: datetime) -> tuple[Kept | None, str]:
    """Keep a file, or say why not. The same content is kept once, however often it comes."""
    refused = too_large(len(content), desk.catalog.settings.policies.largest_file)
    kind = kind_of(content)
    if refused or kind is None:
        return None, refused or "it is no picture, no PDF and no text"
    with desk.store.write() as connection:
        return files.keep(connection, content, kind.media, now), ""


def fetched(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """The file is ours, or it is known why not: the record says so, with its hash."""
    if effect.incident is None:
        return
    args, result = effect.args, receipt.result
    work.by = Origin(BOT, "slack")
    body: dict[str, Any] = {"of": args["entry"], "file": args["file"], "name": args["name"]}
    key = f"file/{args['entry']}/{args['file']}"
    if result.get("hash"):
        kept = {"hash": result["hash"], "media": result["media"], "size": result["size"]}
        work.log(effect.incident, Kind.FILE_KEPT, {**body, **kept}, source_key=key)
        return
    because = {"because": str(result.get("because", ""))}
    work.log(effect.incident, Kind.FILE_NOT_KEPT, {**body, **because}, source_key=key)


def write_out(desk: Desk, number: IncidentNumber, folder: Path) -> int:
    """Write every file of an incident into ``folder``, which is made if it is needed. How many."""
    with desk.look() as connection:
        kept = kept_of(timeline.entries(connection, number))
    names = {filename(ids.key(number), entry.body): str(entry.body["hash"]) for entry in kept}
    for name, file_hash in names.items():
        path = folder / name
        with desk.look() as connection:
            content = files.content(connection, file_hash)
        if content is not None and not (path.is_file() and path.read_bytes() == content):
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
    return len(names)
