"""A catalogue that was read before, kept as JSON, so that thousands of services are there at once.

What is kept is named after everything that went into it: the content of every file, and our own
code. So it is never out of date, only never asked for again. It is nothing but a way to be quick:
whatever is wrong with it (damaged, cut short, somebody else's, a full disk), the files are read.
"""

import gc
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

import pydantic
from pydantic import TypeAdapter

from incidents import errors

_HEAD = b"warroom catalogue 1\n"
_SEAL = hashlib.sha256().digest_size
_MOST = 4  # kept beside each other: configurations of this host's processes, old and new
_ENDING = ".warroom-catalogue"

KeptT = TypeVar("KeptT")


class Kept(Generic[KeptT]):
    """Values of one type, in ``folder``; it need not exist."""

    def __init__(self, folder: Path, type_: type[KeptT]) -> None:
        self._folder = folder
        self._type = type_

    def recall(self, version: str) -> KeptT | None:
        """What was kept for these files by this very code; None if it cannot be used."""
        try:
            whole = _trusted(self._path(version))
        except OSError:
            return None
        head, seal, body = whole[: len(_HEAD)], whole[len(_HEAD) :][:_SEAL], whole[_start() :]
        if head != _HEAD or seal != hashlib.sha256(body).digest():
            return None
        try:
            with without_pauses():
                return TypeAdapter(self._type).validate_json(body)
        except ValueError:
            return None

    def keep(self, version: str, value: KeptT) -> bool:
        """Keep ``value`` if it comes back as it is. Whether it did; nothing is raised."""
        adapter = TypeAdapter(self._type)
        try:
            body = adapter.dump_json(value)
            if adapter.validate_json(body) != value:
                return False
        except ValueError:
            return False
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(version), _HEAD + hashlib.sha256(body).digest() + body)
            self._forget_old_ones()
        except OSError:
            return False
        return True

    def _path(self, version: str) -> Path:
        name = hashlib.sha256(f"{version} {_our_code()} {self._type.__qualname__}".encode())
        return self._folder / f"{name.hexdigest()[:40]}{_ENDING}"

    def _forget_old_ones(self) -> None:
        """Another process may do the same: what is gone is gone."""
        ages: list[tuple[float, Path]] = []
        for path in self._folder.glob(f"*{_ENDING}"):
            with suppress(OSError):
                ages.append((path.stat().st_mtime, path))
        for _, path in sorted(ages)[:-_MOST]:
            path.unlink(missing_ok=True)


@contextmanager
def without_pauses() -> Iterator[None]:
    """Thousands of new objects, none of them garbage: the collector would only look at them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _start() -> int:
    return len(_HEAD) + _SEAL


def _trusted(path: Path) -> bytes:
    """The content of a file that nobody but us can have written. Raises `OSError`."""
    for one in (path.parent, path):
        found = one.stat(follow_symlinks=False)
        if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(f"{one} is not ours alone")
    return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, whoever reads or writes it meanwhile."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


@cache
def _our_code() -> str:
    """Changes with whatever reads files or says what is in them."""
    digest = hashlib.sha256(f"{sys.version} {pydantic.VERSION}".encode())
    here = Path(errors.__file__).parent
    for path in sorted((*here.glob("model/*.py"), *here.glob("catalog/*.py"))):
        content = path.read_bytes()
        digest.update(b"%s %d " % (path.name.encode(), len(content)) + content)
    return digest.hexdigest()
