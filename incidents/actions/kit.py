"""Write the offline kit: a folder that is whole at every moment, or not there yet."""

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from incidents import assets
from incidents.actions.desk import Desk
from incidents.errors import Refused
from incidents.queries.kit import kit_of
from incidents.render.kit import INDEX, files_of

_MARK = ".warroom-offline-kit"  # in every kit: only a folder that has it is ever replaced


def write(desk: Desk, out: Path, folders: Sequence[Path], now: datetime) -> int:
    """All of it into ``out``, in place of the kit that was there. How many files.

    ``folders`` are where runbooks are; of those with the same name the first wins. Raises `Refused`
    for a folder with something else in it.
    """
    with desk.look() as connection:
        files = files_of(kit_of(desk, connection, now))
    files |= {f"runbooks/{name}": text for name, text in _runbooks(folders).items()}
    operating = assets.folder("runbooks") / "operating"
    files["by-hand.md"] = (operating / "by-hand.md").read_text(encoding="utf-8")
    _swap(out.absolute(), {**files, _MARK: f"{now.isoformat()}\n"})
    return len(files)


def _runbooks(folders: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.md")):
            if path.name != INDEX:
                found.setdefault(path.name, path.read_text(encoding="utf-8", errors="replace"))
    return found


def _swap(out: Path, files: dict[str, str]) -> None:
    """Write beside it, then change places: whoever reads meanwhile reads the old one."""
    fresh, before = (out.with_name(f".{out.name}.{word}") for word in ("new", "old"))
    if before.exists() and not out.exists():
        before.rename(out)  # we were cut off between the two renames
    if out.exists() and not (out / _MARK).exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(
            f"{out} is no offline kit, and it is not empty.",
            instead="Name a folder of its own: it is replaced as a whole.",
        )
    for left in (fresh, before):
        shutil.rmtree(left, ignore_errors=True)
    for name, text in files.items():
        _write(fresh / name, text)
    if out.exists():
        out.rename(before)
    fresh.rename(out)
    shutil.rmtree(before, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
