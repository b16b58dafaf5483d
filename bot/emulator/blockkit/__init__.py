"""Would Slack accept these blocks? And if so, with which ids?"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection
from typing import Any

from bot.emulator.blockkit.blocks import HOME, MODAL, blocks_of
from bot.emulator.blockkit.data import check_together
from bot.emulator.blockkit.schema import Problems, tell
from bot.emulator.entities import AnyJson
from bot.emulator.errors import SlackError, wrong

LONGEST_TOTAL = 13_200
"""Characters in all blocks of one message; not in Slack's documentation, but refused above it."""
LONGEST_MARKDOWN = 12_000
LARGEST_VIEW_BYTES = 250_000

_MESSAGE = blocks_of("message")


def check_message(blocks: AnyJson, lacks: Collection[str] = frozenset()) -> list[dict[str, Any]]:
    """``blocks`` of a message with every id filled in, or the refusal Slack would give.

    ``lacks`` are types that this workspace does not have.
    """
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems: Problems = []
    _MESSAGE(blocks, "/blocks", problems)
    for index, block in enumerate(blocks):
        if isinstance(block, dict) and str(block.get("type")) in lacks:
            tell(problems, f"unsupported type: {block['type']}", f"/blocks/{index}/type")
    if problems:
        raise wrong("invalid_blocks", problems)
    _check_ids(blocks, "/blocks", problems)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > LONGEST_MARKDOWN:
        tell(
            problems,
            f"markdown text must be less than {LONGEST_MARKDOWN + 1} characters",
            "/blocks",
        )
    if sum(block["type"] == "table" for block in blocks) > 1:
        tell(problems, "only_one_table_allowed", "/blocks")
    check_together(blocks, problems)
    if problems:
        raise wrong("invalid_blocks", problems)
    if written(blocks) > LONGEST_TOTAL:
        raise SlackError("msg_blocks_too_long")
    return _named(blocks)


def check_view(view: AnyJson, kind: str) -> dict[str, Any]:
    """``view`` of a modal or home tab with every id filled in, or Slack's refusal."""
    problems: Problems = []
    if not isinstance(view, dict):
        raise wrong("invalid_arguments", ["must be an object [json-pointer:/view]"])
    if view.get("type") != kind:
        raise wrong(
            "invalid_arguments", [f"unsupported type: {view.get('type')} [json-pointer:/view/type]"]
        )
    (MODAL if kind == "modal" else HOME)(view, "/view", problems)
    if problems:
        raise wrong("invalid_arguments", problems)
    blocks = view["blocks"]
    _check_ids(blocks, "/view/blocks", problems)
    has_input = any(block["type"] == "input" for block in blocks)
    if kind == "modal" and has_input and not view.get("submit"):
        tell(problems, "missing required field: submit (there are input blocks)", "/view")
    if problems:
        raise wrong("invalid_arguments", problems)
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST_VIEW_BYTES:
        raise SlackError("view_too_large")
    return {**view, "blocks": _named(blocks)}


def written(value: AnyJson) -> int:
    """How many characters a person would read in ``value``."""
    if isinstance(value, list):
        return sum(written(item) for item in value)
    if isinstance(value, dict):
        return sum(
            len(item) if name == "text" and isinstance(item, str) else written(item)
            for name, item in value.items()
        )
    return 0


def _check_ids(blocks: list[dict[str, Any]], at: str, problems: Problems) -> None:
    """A block_id is unique on its surface, an action_id in its block."""
    ids = Counter(block["block_id"] for block in blocks if block.get("block_id"))
    for index, block in enumerate(blocks):
        if ids.get(block.get("block_id", ""), 0) > 1:
            tell(
                problems, f"`block_id` {block['block_id']} already exists", f"{at}/{index}/block_id"
            )
        held = [e for e in block.get("elements") or [] if isinstance(e, dict)]
        actions = Counter(e["action_id"] for e in held if e.get("action_id"))
        for action_id, count in actions.items():
            if count > 1:
                words = f"`action_id` {action_id} already exists in this block"
                tell(problems, words, f"{at}/{index}/elements")


def _named(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks with ids wherever the app left them out, the same for the same blocks."""
    named = []
    for index, block in enumerate(json.loads(json.dumps(blocks))):
        mark = hashlib.sha256(f"{index}{json.dumps(block)}".encode()).hexdigest()
        block.setdefault("block_id", mark[:5])
        for number, element in enumerate(_interactive(block)):
            element.setdefault("action_id", mark[5 + 3 * number : 10 + 3 * number])
        named.append(block)
    return named


def _interactive(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] in {"actions", "context_actions"}:
        return list(block["elements"])
    held = block.get("element") or block.get("accessory")
    return [held] if held and held.get("type") != "image" else []
