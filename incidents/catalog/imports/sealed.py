"""A file that an import writes whole, with a seal: a change by hand in it is seen, and not lost."""

import difflib
import hashlib
import re
from pathlib import Path
from typing import Any

import yaml

from incidents.catalog import nodes

_SEAL = re.compile(r"# seal: ([0-9a-f]{64})\n")


def dumped(value: object, *, flow: bool | None = False) -> str:
    """``value`` as YAML that people read: no references, nothing that reads as something else.

    With ``flow`` None the innermost lists and mappings stand on one line.
    """
    return str(
        yaml.dump(
            value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100,
            default_flow_style=flow,
        )
    )  # fmt: skip


def sealed(heading: str, body: str) -> str:
    """The file: a heading of comments, the seal, and what it holds."""
    return f"{heading}# seal: {_digest(body)}\n{body}"


def is_sealed(text: str) -> bool:
    """Whether it stands as it was written."""
    found = _SEAL.search(text)
    return found is not None and found[1] == _digest(text[found.end() :])


def diff(before: str, after: str, file: str) -> str:
    """The change as a unified diff; empty if there is none."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), file, file
    )
    return "".join(lines)


def write(path: Path, text: str) -> None:
    """Write ``text``: the file is whole or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # typed as Any
    """Quotes what YAML 1.2 would take for something else than text; PyYAML knows 1.1 only."""

    def ignore_aliases(self, data: object) -> bool:
        """Nothing is written by reference: people read it."""
        del data
        return True


def _written(dumper: yaml.SafeDumper, text: str) -> Any:  # noqa: ANN401 (a node of PyYAML's)
    style = None if nodes.means_text(text) else '"'
    style = "|" if "\n" in text else style
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _written)
