"""Read a YAML file into a model; every fault comes back as file, line and column.

`nodes` reads YAML 1.2, where ``on``, ``no`` and ``1:30`` stay text, and remembers where each key
stood. pydantic says what is wrong; the two are joined here, once, for every kind of file.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NewType, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from incidents.catalog import nodes
from incidents.catalog.nodes import Map, Seq
from incidents.errors import Misconfigured, Problem

LARGEST_FILE = 1_000_000  # bytes; a catalogue file of this size is a mistake or an attack
UNION = "?"  # how tags of unions begin, which stand in no file: ``Tag("?inline")``
_ALIAS = re.compile(r"(?m)(?:^|[\s\[{,])\*[^\s\[\]{},]+")
_BRACKETS = re.compile(r"[\[\]{}]")
_MOST_ALIASES = 40  # aliases of aliases multiply: a few lines could fill the memory
_DEEPEST = 40  # levels; a decision tree is written flat, so nothing honest is deeper

Document = NewType("Document", Map)
Path_ = Sequence[str | int]
ModelT = TypeVar("ModelT", bound=BaseModel)


class Strict(BaseModel):
    """Base of everything read from files: immutable, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def load(path: Path, shown: str = "") -> list[Document]:
    """The mappings in the file at ``path``, one per YAML document; empty documents are passed over.

    ``shown`` is the name used in problems. Raises `Misconfigured`.
    """
    return parse_bytes(contents(path), shown or str(path))


def contents(path: Path) -> bytes:
    """The bytes of a file; of one that is too large only so many that `parse_bytes` sees it."""
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def parse_bytes(content: bytes, name: str) -> list[Document]:
    """Like `load`, for a file that was read already."""
    return parse(text_of(content, name), name)


def parse_listed(content: bytes, name: str) -> list[Document]:
    """Like `parse_bytes`, where a document may also be a list of mappings."""
    return [
        _mapping(one, name, document)
        for document in _documents(text_of(content, name), name)
        for one in (document if isinstance(document, Seq) else [document])
    ]


def text_of(content: bytes, name: str) -> str:
    """The text of a file. Raises `Misconfigured` for one that is too large, or no UTF-8."""
    if len(content) > LARGEST_FILE:
        raise Misconfigured((Problem(name, 1, 1, "the file is too large", "at most 1 MB"),))
    try:
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
        raise Misconfigured((Problem(name, 1, 1, what, "a UTF-8 file"),)) from None


def parse(text: str, name: str) -> list[Document]:
    """Like `load`, for text that is already in memory."""
    return [_mapping(document, name, document) for document in _documents(text, name)]


def _documents(text: str, name: str) -> list[Any]:
    """What stands in each document that is not empty."""
    if _nesting(text) > _DEEPEST:
        what = "the file is nested too deeply"
        raise Misconfigured((Problem(name, 1, 1, what, f"at most {_DEEPEST} levels"),))
    if len(_ALIAS.findall(text)) > _MOST_ALIASES:
        what = "the file has too many aliases (*name)"
        raise Misconfigured((Problem(name, 1, 1, what, f"at most {_MOST_ALIASES}"),))
    try:
        return [document for document in nodes.read(text) if document is not None]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = f"not valid YAML: {error.problem or error.context}"
        raise Misconfigured((Problem(name, line, column, what, "YAML 1.2"),)) from None
    except (YAMLError, ValueError) as error:
        first_line = str(error).partition("\n")[0]
        raise Misconfigured(
            (Problem(name, 1, 1, f"not valid YAML: {first_line}", "YAML 1.2"),)
        ) from None


def _mapping(node: object, name: str, around: object) -> Document:
    if isinstance(node, Map):
        return Document(node)
    line, column = around.at if isinstance(around, Seq) and node is not around else (1, 1)
    what = f"the document is a {_kind(node)}"
    raise Misconfigured((Problem(name, line, column, what, "a mapping of keys to values"),))


def read_as(document: Document, name: str, model: type[ModelT]) -> ModelT:
    """``document`` as a ``model``. Raises `Misconfigured` with every fault in it."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [_problem(document, name, fault) for fault in error.errors()]
        raise Misconfigured(tuple(sorted(set(problems)))) from None


def place(document: Document, path: Path_) -> tuple[int, int]:
    """Line and column, from 1, of what ``path`` leads to, or of its nearest ancestor."""
    node: Any = document
    found = document.at
    for step in path:
        if not _has(node, step):
            break
        places = node.places
        is_known = isinstance(node, Seq) or step in places  # a merge key brings in what is not
        found = places[step] if is_known else found
        node = node[step]
    return found


def _has(node: Any, step: str | int) -> bool:  # noqa: ANN401 (YAML holds anything)
    if isinstance(node, Seq):
        return isinstance(step, int) and step < len(node)
    return isinstance(node, Map) and step in node


def problem_at(
    document: Document, name: str, path: Path_, what: str, expected: str = ""
) -> Problem:
    """A `Problem` standing at ``path`` in ``document``."""
    line, column = place(document, path)
    return Problem(name, line, column, what, expected)


def _problem(document: Document, name: str, fault: Any) -> Problem:  # noqa: ANN401 (pydantic's ErrorDetails)
    path = _real_path(document, fault["loc"])
    said = fault["msg"].removeprefix("Value error, ")
    shown = dotted([step for step in fault["loc"] if str(step)[:1] != UNION])
    head = f"{shown}: " if shown else ""
    return problem_at(document, name, path, f"{head}{_WORDS.get(fault['type'], said)}")


def dotted(path: Path_) -> str:
    """A path as it is shown: ``spec.objectives.0.target``."""
    return ".".join(map(str, path))


_WORDS = {
    "missing": "this key is missing",
    "extra_forbidden": "this key is not known here",
}


def _real_path(document: Document, path: Path_) -> list[str | int]:
    """``path`` without the steps that are pydantic's names for the members of a union."""
    node: Any = document
    real: list[str | int] = []
    for step in path:
        if _has(node, step):
            real.append(step)
            node = node[step]
    return real


def _nesting(text: str) -> int:
    """A cheap upper bound of the nesting: brackets in flow style, indentation in block style."""
    brackets = depth = 0
    for letter in _BRACKETS.findall(text):
        if letter in "[{":
            brackets += 1
            depth = max(depth, brackets)
        else:
            brackets -= 1
    indents = {len(line) - len(line.lstrip(" -")) for line in text.splitlines() if line.strip()}
    return max(depth, len(indents))


def _kind(value: object) -> str:
    names = {Seq: "list", str: "text", int: "number", float: "number", bool: "truth value"}
    return next((word for cls, word in names.items() if isinstance(value, cls)), "scalar")
