"""Markdown as a page: the postmortem and the operators' pages.

HTML in a document is shown as the words it is, with two exceptions that our own template writes:
comments, which nobody needs to see, and the fold around a long table.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

from bot.web.drawings import draw
from incidents.model.text import html

_DRAWINGS = "warroom drawings"  # beside what the parser keeps of its own
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_FOLD = re.compile(r"</?details>|</?summary>")
_TABLE = re.compile(r"<table>(.*?)</table>", re.DOTALL)


class _Renderer(RendererHTML):
    """Lets nothing through that could do anything in a browser."""

    def html_block(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:  # noqa: ANN401
        """Comments vanish, the fold stays, everything else is words."""
        return _inert(tokens[idx].content)

    def html_inline(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:  # noqa: ANN401
        """Like a block."""
        return _inert(tokens[idx].content)

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:  # noqa: ANN401
        """Mermaid as a drawing, if we can; else as the code it is."""
        token = tokens[idx]
        drawing = (
            env[_DRAWINGS].get(token.content.strip()) if token.info.strip() == "mermaid" else None
        )
        if drawing is None and token.info.strip() == "mermaid":
            drawing = draw(token.content)
        return str(super().fence(tokens, idx, options, env)) if drawing is None else drawing


_MARKDOWN = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable("table")


def as_html(markdown: str, drawings: Mapping[str, str] | None = None) -> Markup:
    """A document without its front matter, safe to be put into a page as it is.

    ``drawings`` are safe, too: by the diagram that they are shown instead of.
    """
    shown = {_DRAWINGS: drawings or {}}
    rendered = str(_MARKDOWN.render(without_front_matter(markdown), shown))
    return Markup(_TABLE.sub(r'<div class="scroll"><table>\1</table></div>', rendered))  # noqa: S704 (nothing of the writer's is left unescaped)


def without_front_matter(markdown: str) -> str:
    """The document as people read it."""
    parts = markdown.split("\n---\n", 1)
    return parts[1] if markdown.startswith("---\n") and len(parts) > 1 else markdown


def _inert(fragment: str) -> str:
    rest = _COMMENT.sub("", fragment)
    found, shown, at = list(_FOLD.finditer(rest)), [], 0
    for hit in found:
        shown += [html(rest[at : hit.start()]), hit.group()]
        at = hit.end()
    return "".join([*shown, html(rest[at:])])
