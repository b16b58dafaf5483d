"""An organisation's own fields, in the form and on the card."""

import re
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block
from bot.slack.router import Ask
from incidents.model.declaring import Wish
from incidents.model.fields import Field, FieldType, read

_BLOCK = "field."
_ACTION = "field"
_SHOWN = 10
_PERSON = re.compile(r"[UW][A-Z0-9]+")


def block_of(name: str) -> str:
    """The block of the form that a field is in."""
    return f"{_BLOCK}{name}"


def inputs(ask: Ask, wish: Wish) -> list[Block]:
    """Each with what was given already. Which are required depends on the severity."""
    return [
        blocks.field_of(
            block_of(field.name),
            field.label,
            _element(field, wish.fields.get(field.name, "")),
            optional=True,
            hint=_hint(field),
        )
        for field in ask.desk.catalog.settings.fields
    ]


def typed(ask: Ask) -> dict[str, str]:
    """What was put into them."""
    found = {
        field.name: ask.typed(block_of(field.name)) for field in ask.desk.catalog.settings.fields
    }
    return {name: value for name, value in found.items() if value}


def on_the_card(fields: tuple[tuple[Field, str], ...]) -> list[Block]:
    """Their values in two columns; nothing if there are none."""
    if not fields:
        return []
    facts = [f"*{mrkdwn.escape(field.label)}*\n{_value(field, kept)}" for field, kept in fields]
    return [blocks.fields(*facts[:_SHOWN])]


def _value(field: Field, kept: str) -> str:
    if field.type is FieldType.URL:
        return mrkdwn.link(kept, kept)
    is_person = field.type is FieldType.USER and _PERSON.fullmatch(kept)
    return mrkdwn.person(kept) if is_person else mrkdwn.escape(kept)


def _hint(field: Field) -> str:
    if not field.required_for:
        return ""
    return f"Required for {', '.join(sorted(one.upper() for one in field.required_for))}."


def _element(field: Field, written: str) -> dict[str, Any]:
    try:
        value = read(field, written)
    except ValueError:
        value = ""  # Slack shows no form with a value that is none
    if field.type is FieldType.CHOICE:
        options = {one: blocks.option(one, one) for one in field.choices}
        return blocks.select(
            _ACTION, "Choose one", list(options.values()), initial=options.get(value)
        )
    if field.type is FieldType.USER:
        return blocks.people_select(
            _ACTION, "Choose somebody", initial=value if _PERSON.fullmatch(value) else ""
        )
    if field.type is FieldType.DATE:
        return blocks.date_input(_ACTION, initial=value)
    return blocks.text_input(_ACTION, initial=value)
