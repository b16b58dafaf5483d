"""Block Kit, built by a few typed functions that hold Slack's limits.

Numbers are Slack's (docs.slack.dev, Block Kit reference); lengths are in characters. Text that
would be refused is cut and marked, because a card that is too long must still be posted at 3 a.m.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.model.commands import CLOSES, LONGEST, OPENS
from incidents.model.text import shorten

Block = dict[str, Any]
Element = dict[str, Any]

SECTION_TEXT, FIELD_TEXT, FIELDS = 3000, 2000, 10
HEADER_TEXT, CONTEXT_ELEMENTS, ACTION_ELEMENTS = 150, 10, 25
BUTTON_TEXT, BUTTON_VALUE = 75, 2000
OPTIONS, OPTION_TEXT = 100, 75
PLACEHOLDER, LABEL, HINT, MODAL_TITLE = 150, 2000, 2000, 24
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_TEXT, MESSAGE_TOTAL = 4000, 13_000
PRIVATE_METADATA = 3000
INPUT_LENGTH = 3000
_BUTTON_ROWS = 10  # kept of a message that is too large


@dataclass(frozen=True, slots=True)
class Message:
    """What a message shows: ``text`` for notifications and screen readers, ``blocks`` for the eye.

    Slack reads markup in both, so what people typed is escaped in both. ``native`` says what
    ``blocks`` say, with kinds of blocks that not every workspace takes; empty if there is none.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)
    native: list[Block] = field(default_factory=list)

    def under(self, small_print: str) -> "Message":
        """The same with a line of small print at its end."""
        last = context(small_print)
        native = [*self.native, last] if self.native else []
        return Message(self.text, [*self.blocks, last], native)

    def as_arguments(self) -> dict[str, Any]:
        """Arguments of chat.postMessage and of response_url, links unfurled by nobody."""
        return {
            "text": _cut(self.text, MESSAGE_TEXT),
            "blocks": within_message(self.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
        }


def plain(text: str, limit: int) -> Element:
    """A text object that interprets nothing but emoji names."""
    return {"type": "plain_text", "text": shorten(text, limit) or " ", "emoji": True}


def mrkdwn(text: str, limit: int = SECTION_TEXT) -> Element:
    """A text object in Slack's markup; what people typed must be escaped before."""
    return {"type": "mrkdwn", "text": _cut(text, limit) or " "}


def header(text: str) -> Block:
    """A title line."""
    return {"type": "header", "text": plain(text, HEADER_TEXT)}


def section(text: str, *, accessory: Element | None = None, block_id: str = "") -> Block:
    """A paragraph, perhaps with something beside it."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return _with_id(block, block_id)


def fields(*texts: str) -> Block:
    """Short facts in two columns."""
    return {"type": "section", "fields": [mrkdwn(text, FIELD_TEXT) for text in texts[:FIELDS]]}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:CONTEXT_ELEMENTS]]}


def rest(hidden: int, where: str = "") -> list[Block]:
    """Small print for what a list leaves out; nothing if it leaves nothing out."""
    return [context(f"… and {hidden} more{where}")] if hidden > 0 else []


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def actions(*elements: Element | None, block_id: str = "") -> Block:
    """A row of buttons and menus; None is left out."""
    present = [element for element in elements if element is not None]
    return _with_id({"type": "actions", "elements": present[:ACTION_ELEMENTS]}, block_id)


def button(
    text: str,
    action: str,
    value: str = "",
    *,
    style: str = "",
    url: str = "",
    confirm: Element | None = None,
) -> Element:
    """A button that says what it will do. ``style`` is primary, danger or nothing."""
    element: Element = {
        "type": "button",
        "text": plain(text, BUTTON_TEXT),
        "action_id": action,
    }
    if value:
        element["value"] = shorten(value, BUTTON_VALUE)
    if style:
        element["style"] = style
    if url:
        element["url"] = url
    if confirm is not None:
        element["confirm"] = confirm
    return element


def confirm(title: str, text: str, yes: str, no: str = "Cancel") -> Element:
    """A question before a button does what it says."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def option(text: str, value: str) -> Element:
    """One choice."""
    return {"text": plain(text, OPTION_TEXT), "value": shorten(value, OPTION_TEXT)}


def select(
    action: str, placeholder: str, options: Sequence[Element], *, initial: Element | None = None
) -> Element:
    """A menu of at most 100 choices."""
    element: Element = {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain(placeholder, PLACEHOLDER),
        "options": list(options[:OPTIONS]),
    }
    if initial is not None:
        element["initial_option"] = initial
    return element


def overflow(action: str, *options: Element) -> Element:
    """A menu behind three dots, at most 5 choices."""
    return {"type": "overflow", "action_id": action, "options": list(options[:5])}


def people_select(action: str, placeholder: str, *, initial: str = "") -> Element:
    """A menu of people."""
    element: Element = {
        "type": "users_select",
        "action_id": action,
        "placeholder": plain(placeholder, PLACEHOLDER),
    }
    if initial:
        element["initial_user"] = initial
    return element


def text_input(
    action: str, *, multiline: bool = False, initial: str = "", placeholder: str = ""
) -> Element:
    """A field to type in."""
    element: Element = {
        "type": "plain_text_input",
        "action_id": action,
        "multiline": multiline,
        "max_length": INPUT_LENGTH,
    }
    if initial:
        element["initial_value"] = shorten(initial, INPUT_LENGTH)
    if placeholder:
        element["placeholder"] = plain(placeholder, PLACEHOLDER)
    return element


def date_input(action: str, *, initial: str = "") -> Element:
    """A calendar; ``initial`` is YYYY-MM-DD."""
    element: Element = {"type": "datepicker", "action_id": action}
    return {**element, "initial_date": initial} if initial else element


def moment_input(action: str, *, initial: int = 0) -> Element:
    """A calendar and a clock; ``initial`` is in seconds since 1970."""
    element: Element = {"type": "datetimepicker", "action_id": action}
    return {**element, "initial_date_time": initial} if initial else element


def field_of(
    block_id: str, label: str, element: Element, *, optional: bool = False, hint: str = ""
) -> Block:
    """An element of a form with its label."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, LABEL),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, HINT)
    return block


def modal(
    callback: str, title: str, blocks: Sequence[Block], *, submit: str = "", metadata: str = ""
) -> dict[str, Any]:
    """A dialog. ``metadata`` comes back with the submission; at most 3000 characters."""
    if len(metadata) > PRIVATE_METADATA:
        raise ValueError(f"private_metadata has {len(metadata)} of {PRIVATE_METADATA} characters.")
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, MODAL_TITLE),
        "close": plain("Cancel" if submit else "Close", MODAL_TITLE),
        "blocks": list(blocks[:VIEW_BLOCKS]),
        "private_metadata": metadata,
    }
    if submit:
        view["submit"] = plain(submit, MODAL_TITLE)
    return view


def home(blocks: Sequence[Block]) -> dict[str, Any]:
    """The app's home tab."""
    return {"type": "home", "blocks": list(blocks[:VIEW_BLOCKS])}


def within_message(blocks: Sequence[Block]) -> list[Block]:
    """At most 50 blocks and 13 000 characters; what had to go is mentioned, buttons stay."""
    if len(blocks) <= MESSAGE_BLOCKS and sum(map(_size, blocks)) <= MESSAGE_TOTAL:
        return list(blocks)
    buttons = [block for block in blocks if block["type"] == "actions"][:_BUTTON_ROWS]
    there_is_more = context("… there is more than a message can hold; see the console.")
    room = MESSAGE_TOTAL - sum(map(_size, (*buttons, there_is_more)))
    lines = MESSAGE_BLOCKS - len(buttons) - 1
    kept: list[Block] = []
    is_full = False
    for block in blocks:
        if block["type"] == "actions":
            kept += [block] if block in buttons else []
            continue
        room, lines = room - _size(block), lines - 1
        if room >= 0 and lines >= 0 and not is_full:
            kept.append(block)
        elif not is_full:
            kept.append(there_is_more)
            is_full = True
    return kept


def _size(block: Block) -> int:
    """Characters, with those that people do not see: more than Slack counts."""
    return len(str(block))


def _with_id(block: Block, block_id: str) -> Block:
    return {**block, "block_id": block_id} if block_id else block


def _cut(text: str, limit: int) -> str:
    """Like `shorten`, without ending inside a mention, a link or an escaped letter.

    Commands that are meant grow when they are shown: there has to be room for that.
    """
    limit -= (LONGEST - len(OPENS + CLOSES) + 1) * text.count(OPENS)
    if len(text) <= limit:
        return text
    cut = _UNFINISHED.sub("", text[: limit - 1])
    return cut.rstrip() + "…"


_UNFINISHED = re.compile(rf"<[^<>]*\Z|&[a-z]{{0,3}}\Z|{OPENS}[^{CLOSES[-1]}]*\Z|{OPENS[0]}\Z")
