"""Templates: ours, and those an organisation lays over them, in one hardened environment.

Templates run in Jinja's sandbox and may change nothing. An undefined name is an error, not a gap.
What people typed arrives as `UserText` and leaves only through a filter that escapes it for the
destination: ``{{ title | markdown }}``.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from traceback import extract_tb
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from incidents import assets
from incidents.errors import Misconfigured, Problem
from incidents.model.text import UserText, csv_cell, html, markdown, plain
from incidents.render.tongue import span

_KEPT_FILTERS = frozenset(
    {"abs", "batch", "capitalize", "default", "first", "indent", "int", "join", "last", "length"}
    | {"lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round"}
    | {"select", "selectattr", "slice", "sort", "sum", "title", "trim", "unique", "upper"}
)
_WAYS_AROUND = frozenset({"raw", "format", "format_map"})  # to a text that nobody escaped
_ALLOWED = (str, int, float)


class Environment(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox, which also keeps unescaped text in."""

    intercepted_binops = frozenset({"%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 (Jinja's own signature)
        """No reaching into what people typed, and no formatting around the escapers."""
        return attr not in _WAYS_AROUND and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """A remainder is for numbers: with a text, ``%`` would format without escaping."""
        if isinstance(left, str):
            raise SecurityError("A text cannot be formatted with %.")
        return super().call_binop(context, operator, left, right)


@cache
def environment(overrides: Path | None = None) -> Environment:
    """The environment in which every template is written.

    A file under ``overrides`` stands in for ours of the same name. Raises FileNotFoundError if our
    own templates are missing.
    """
    folders = [assets.folder("templates")]
    if overrides is not None:
        folders.insert(0, overrides)
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        finalize=_finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.globals = {"range": env.globals["range"], "namespace": env.globals["namespace"]}
    env.filters = {name: env.filters[name] for name in _KEPT_FILTERS} | _FILTERS
    return env


def write(name: str, values: dict[str, Any], overrides: Path | None = None) -> str:
    """The template called ``name``, filled in. A fault in it is `Misconfigured`, with its place."""
    env = environment(overrides)
    try:
        template = env.get_template(name)
    except TemplateSyntaxError as error:
        raise Misconfigured((_problem(error, name),)) from error
    try:
        return template.render(values)
    except (TemplateError, TypeError, OverflowError) as error:
        raise Misconfigured((_broken(error, name),)) from error


def problems(overrides: Path) -> tuple[Problem, ...]:
    """What is wrong with an organisation's own templates, in file order; () if there are none."""
    return tuple(sorted(_faults(overrides))) if overrides.is_dir() else ()


def prose(text: UserText | str) -> str:
    """For CommonMark, several lines: paragraphs stay, lines that begin with ``-`` become a list.

    Everything else that could mean something is escaped.
    """
    blocks: list[str] = []
    paragraph: list[str] = []
    for line in [*plain(text).splitlines(), ""]:
        words = line.strip()
        item = words[:2] in {"- ", "* ", "• "}
        if paragraph and (item or not words):
            blocks.append("\\\n".join(paragraph))
            paragraph = []
        if item:
            blocks.append(f"- {_line(words[2:])}")
        elif words:
            paragraph.append(_line(words))
    return "".join(_spaced(blocks)).rstrip("\n")


def _line(words: str) -> str:
    """One line, escaped. A line of ``=`` would turn the line before it into a heading."""
    escaped = markdown(words)
    return f"\\{escaped}" if escaped.startswith("=") else escaped


def _spaced(blocks: list[str]) -> Iterator[str]:
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else ""
        both_items = block.startswith("- ") and following.startswith("- ")
        yield block + ("\n" if both_items else "\n\n")


def table(rows: Iterable[Iterable[str]], *headers: str) -> str:
    """A table as GitHub writes it. Cells are escaped before, and have no line breaks."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def _finalize(value: Any) -> Any:  # noqa: ANN401 (whatever a template wants to write)
    if isinstance(value, UserText):
        raise TypeError("This text was typed by people: say how to escape it, as in “| markdown”.")
    if isinstance(value, (*_ALLOWED, Undefined)):
        return value
    if value is None:
        return ""
    raise TypeError(f"A template cannot write a {type(value).__name__}.")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M} UTC"


def _duration(length: timedelta) -> str:
    return span(length)


def _sentence_list(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    parts = [str(word) for word in words]
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


_FILTERS: dict[str, Callable[..., Any]] = {
    "markdown": markdown,
    "prose": prose,
    "plain": plain,
    "html": html,
    "csv": csv_cell,
    "table": table,
    "moment": _moment,
    "clock": _clock,
    "span": _duration,
    "sentence": _sentence_list,
}


def _faults(overrides: Path) -> Iterator[Problem]:
    env = environment()
    ours = {path.relative_to(assets.folder("templates")) for path in _files(None)}
    for path in _files(overrides):
        name = path.relative_to(overrides)
        if name not in ours:
            yield Problem(
                str(path),
                1,
                1,
                "no template of warroom's has this name",
                " or ".join(sorted(map(str, ours))),
            )
        try:
            env.parse(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            yield Problem(str(path), 1, 1, f"byte {error.start} is not UTF-8", "a UTF-8 file")
        except TemplateSyntaxError as error:
            yield _problem(error, str(path))


def _files(folder: Path | None) -> list[Path]:
    return sorted((folder or assets.folder("templates")).rglob("*.j2"))


def _broken(error: Exception, name: str) -> Problem:
    """Where in a template something went wrong as it was filled in: the last of its lines."""
    frames = [one for one in extract_tb(error.__traceback__) if one.filename.endswith(".j2")]
    file, line = (frames[-1].filename, frames[-1].lineno) if frames else (name, 1)
    return Problem(file, line or 1, 1, str(error))


def _problem(error: TemplateSyntaxError, shown: str) -> Problem:
    return Problem(error.filename or shown, error.lineno, 1, error.message or "not valid Jinja")
