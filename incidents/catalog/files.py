"""Read a YAML file into a model; every fault comes back as file, line and column.

ruamel.yaml reads YAML 1.2, where ``on``, ``no`` and ``1:30`` stay text, and remembers where each
key stood. pydantic says what is wrong; the two are joined here, once, for every kind of file.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NewType, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from incidents.errors import Misconfigured, Problem

_LARGEST_FILE = 1_000_000  # bytes; a catalogue file of this size is a mistake or an attack
_ALIAS = re.compile(r"(?m)(?:^|[\s\[{,])\*[^\s\[\]{},]+")
_MOST_ALIASES = 40  # aliases of aliases multiply: a few lines could fill the memory
_DEEPEST = 40  # levels; a decision tree is written flat, so nothing honest is deeper

Document = NewType("Document", CommentedMap)
Path_ = Sequence[str | int]
ModelT = TypeVar("ModelT", bound=BaseModel)


class Strict(BaseModel):
    """Base of everything read from files: immutable, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def load(path: Path, shown: str = "") -> list[Document]:
    """The mappings in the file at ``path``, one per YAML document; empty documents are passed over.

    ``shown`` is the name used in problems. Raises `Misconfigured`.
    """
    name = shown or str(path)
    if path.stat().st_size > _LARGEST_FILE:
        raise Misconfigured((Problem(name, 1, 1, "the file is too large", "at most 1 MB"),))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
        raise Misconfigured((Problem(name, 1, 1, what, "a UTF-8 file"),)) from None
    return parse(text, name)


def parse(text: str, name: str) -> list[Document]:
    """Like `load`, for text that is already in memory."""
    if _nesting(text) > _DEEPEST:
        what = "the file is nested too deeply"
        raise Misconfigured((Problem(name, 1, 1, what, f"at most {_DEEPEST} levels"),))
    if len(_ALIAS.findall(text)) > _MOST_ALIASES:
        what = "the file has too many aliases (*name)"
        raise Misconfigured((Problem(name, 1, 1, what, f"at most {_MOST_ALIASES}"),))
    reader = YAML(typ="rt", pure=True)
    try:
        documents = list(reader.load_all(text))
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
    found: list[Document] = []
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, CommentedMap):
            what = f"the document is a {_kind(document)}"
            raise Misconfigured((Problem(name, 1, 1, what, "a mapping of keys to values"),))
        found.append(Document(document))
    return found


def read_as(document: Document, name: str, model: type[ModelT]) -> ModelT:
    """``document`` as a ``model``. Raises `Misconfigured` with every fault in it."""
    try:
        return model.model_validate(_bare(document))
    except ValidationError as error:
        problems = [_problem(document, name, fault) for fault in error.errors()]
        raise Misconfigured(tuple(sorted(set(problems)))) from None


def place(document: Document, path: Path_) -> tuple[int, int]:
    """Line and column, from 1, of what ``path`` leads to, or of its nearest ancestor."""
    node: Any = document
    line, column = node.lc.line + 1, node.lc.col + 1
    for step in path:
        if not _has(node, step):
            break
        line, column = _after(node.lc.data.get(step), line, column)
        node = node[step]
    return line, column


def _has(node: Any, step: str | int) -> bool:  # noqa: ANN401 (YAML holds anything)
    if isinstance(node, CommentedSeq):
        return isinstance(step, int) and step < len(node)
    return isinstance(node, CommentedMap) and step in node


def _after(mark: Sequence[int] | None, line: int, column: int) -> tuple[int, int]:
    """Where ruamel.yaml saw it; what a merge key brought in stands where its parent stands."""
    return (mark[0] + 1, mark[1] + 1) if mark else (line, column)


def problem_at(
    document: Document, name: str, path: Path_, what: str, expected: str = ""
) -> Problem:
    """A `Problem` standing at ``path`` in ``document``."""
    line, column = place(document, path)
    return Problem(name, line, column, what, expected)


def _problem(document: Document, name: str, fault: Any) -> Problem:  # noqa: ANN401 (pydantic's ErrorDetails)
    path = _real_path(document, fault["loc"])
    said = fault["msg"].removeprefix("Value error, ")
    dotted = ".".join(str(step) for step in fault["loc"])
    return problem_at(document, name, path, f"{dotted}: {_WORDS.get(fault['type'], said)}")


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


def _bare(node: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """Plain dicts and lists, so that pydantic's strict types see no ruamel classes."""
    if isinstance(node, CommentedMap):
        return {key: _bare(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_bare(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    return float(node) if isinstance(node, float) else node


def _nesting(text: str) -> int:
    """A cheap upper bound of the nesting: brackets in flow style, indentation in block style."""
    brackets = depth = 0
    for letter in text:
        if letter in "[{":
            brackets += 1
            depth = max(depth, brackets)
        elif letter in "]}":
            brackets -= 1
    indents = {len(line) - len(line.lstrip(" -")) for line in text.splitlines() if line.strip()}
    return max(depth, len(indents))


def _kind(value: object) -> str:
    names = {CommentedSeq: "list", str: "text", int: "number", float: "number", bool: "truth value"}
    return next((word for cls, word in names.items() if isinstance(value, cls)), "scalar")
