"""CODEOWNERS: who owns which folder, and so which service, where a service is a folder.

The last pattern that matches decides (GitHub). Patterns are gitignore's, without ``!`` and sets
of letters. GitLab's sections may give owners to all patterns in them. Teams are ``@acme/team``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from incidents.catalog.imports.entries import Imported, put, slug
from incidents.errors import Refused

_PLACES = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_SECTION = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?(?P<owners>.*)")
_FILE = "any-file"  # stands for whatever is in a folder


@dataclass(frozen=True, slots=True)
class Rule:
    """Who owns what ``pattern`` matches; nobody, if there are no ``owners``."""

    pattern: str
    owners: tuple[str, ...]


def read_codeowners(root: Path, under: str = "") -> Imported:
    """Services by the folders that CODEOWNERS names, or by all folders inside ``under``.

    ``root`` is the file, or the repository it is in. Raises `Refused` if there is none.
    """
    file = (
        root if root.is_file() else next((root / p for p in _PLACES if (root / p).is_file()), None)
    )
    if file is None:
        raise Refused(
            f"There is no CODEOWNERS in {root}.", instead="Name the file, or the repository."
        )
    rules = read_rules(file.read_text(encoding="utf-8", errors="replace"))
    imported = Imported()
    repository = _repository(root, file)
    folders = _inside(repository, under) if under else _named(rules)
    for folder in folders:
        owners = owners_of(rules, f"{folder}/{_FILE}")
        entry = put({"name": slug(Path(folder).name)}, description=f"In {folder}/.")
        teams = [one.partition("/")[2] for one in owners if one.startswith("@") and "/" in one]
        if teams:
            entry = put(entry, team=slug(teams[0]))
            for other in teams[1:]:
                imported.remarks.append(f"{folder} is also owned by {other}; one team is taken")
        elif owners:
            people = ", ".join(owners)
            imported.remarks.append(f"{folder} is owned by {people} and by no team")
        else:
            imported.remarks.append(f"nobody owns {folder}")
        imported.add(entry, folder)
    return imported


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules in a file, in its order. ``#`` begins a comment; a backslash escapes a blank."""
    found: list[Rule] = []
    standing: tuple[str, ...] = ()
    for written in text.splitlines():
        line = re.sub(r"(?:^|(?<=\s))#.*", "", written).strip()
        if section := _SECTION.fullmatch(line):
            standing = tuple(section["owners"].split())
        elif line:
            pattern, *owners = re.split(r"(?<!\\)\s+", line)
            found.append(Rule(pattern.replace("\\", ""), tuple(owners) or standing))
    return tuple(found)


def owners_of(rules: tuple[Rule, ...], path: str) -> tuple[str, ...]:
    """Who owns the file at ``path``: the last rule that matches it says so."""
    for rule in reversed(rules):
        if _matcher(rule.pattern).match(path):
            return rule.owners
    return ()


@cache
def _matcher(pattern: str) -> re.Pattern[str]:
    """``docs/`` any folder docs, ``/docs/`` the one at the top, ``*.js``, ``apps/**/x``."""
    is_anchored = "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    parts = re.split(r"(\*\*/|/\*\*|\*\*|\*|\?)", body)
    meant = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    inner = "".join(meant.get(part) or re.escape(part) for part in parts)
    start = "" if is_anchored else "(?:.*/)?"
    if pattern.endswith("/"):
        end = "/.*"
    elif body.endswith("/*"):
        end = ""  # what is in the folder itself, and nothing deeper
    else:
        end = "(?:/.*)?"
    return re.compile(f"{start}{inner}{end}$")


def _named(rules: tuple[Rule, ...]) -> Iterator[str]:
    """Folders that a pattern names: ``/services/checkout/``, ``services/checkout/**``."""
    seen: set[str] = set()
    for rule in rules:
        folder = re.sub(r"/\*{1,2}$", "/", rule.pattern).strip("/")
        is_folder = rule.pattern.endswith(("/", "/*", "/**")) or "." not in Path(folder).name
        is_plain = not re.search(r"[*?]", folder) and not Path(folder).name.startswith(".")
        if folder and is_folder and is_plain and folder not in seen:
            seen.add(folder)
            yield folder


def _repository(root: Path, file: Path) -> Path:
    if root.is_dir():
        return root
    return file.parent.parent if file.parent.name in {".github", ".gitlab", "docs"} else file.parent


def _inside(repository: Path, under: str) -> Iterator[str]:
    """The folders inside ``under``, as paths in the repository."""
    top = (repository / under).resolve()
    if not top.is_dir() or not top.is_relative_to(repository.resolve()):
        raise Refused(f"There is no folder {under} in {repository}.")
    for path in sorted(top.iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            yield path.relative_to(repository.resolve()).as_posix()
