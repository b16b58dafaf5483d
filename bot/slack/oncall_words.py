"""What people are told, by direct message, when somebody changes who is on call."""

from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.router import Routes

routes = Routes()


@routes.say("oncall_put")
def put(facts: dict[str, Any]) -> Message:
    """Somebody put you on call."""
    text = (
        f":telephone_receiver: {mrkdwn.person(facts['by'])} put you on call for "
        f"{_rotation(facts)}, {_from_to(facts)}.{_reason(facts)}"
    )
    return Message(text, [blocks.section(text), blocks.actions(_call_off(facts))])


@routes.say("oncall_relieved")
def relieved(facts: dict[str, Any]) -> Message:
    """Somebody else does it."""
    text = (
        f":beach_with_umbrella: {mrkdwn.person(facts['person'])} stands in for you in "
        f"{_rotation(facts)}, {_from_to(facts)}. {mrkdwn.person(facts['by'])} arranged it."
        f"{_reason(facts)}"
    )
    return Message(text, [blocks.section(text)])


@routes.say("oncall_swap_asked")
def swap_asked(facts: dict[str, Any]) -> Message:
    """Would you?"""
    giver = mrkdwn.person(facts["asker"])
    who = f"{giver} asks you to swap"
    if facts.get("by", facts["asker"]) != facts["asker"]:
        who = f"{mrkdwn.person(facts['by'])} asks you to swap with {giver}"
    text = (
        f":arrows_counterclockwise: {who} for {_rotation(facts)}: {_parts(facts)}.{_reason(facts)}"
    )
    hint = blocks.context("Nothing changes until you agree.")
    return Message(text, [blocks.section(text), _yes_or_no(facts), hint])


@routes.say("oncall_swap_planned")
def swap_planned(facts: dict[str, Any]) -> Message:
    """Somebody else arranges it: their word first, if it puts them on call."""
    by, other = mrkdwn.person(facts["by"]), mrkdwn.person(facts["other"])
    if facts["asked"] != facts["asker"]:
        text = (
            f":arrows_counterclockwise: {by} asked {other} to take your shift for "
            f"{_rotation(facts)}: {_parts(facts)}.{_reason(facts)}"
        )
        hint = blocks.context(f"Nothing changes until {other} agrees.")
        return Message(text, [blocks.section(text), blocks.actions(_call_off(facts)), hint])
    text = (
        f":arrows_counterclockwise: {by} wants you to swap with {other} for "
        f"{_rotation(facts)}: {_parts(facts)}.{_reason(facts)}"
    )
    hint = blocks.context(f"If you agree, {other} is asked. Nothing changes until both of you do.")
    return Message(text, [blocks.section(text), _yes_or_no(facts), hint])


@routes.say("oncall_swap_agreed")
def swap_agreed(facts: dict[str, Any]) -> Message:
    """They do."""
    text = (
        f":white_check_mark: {mrkdwn.person(facts['asked'])} agreed to swap for "
        f"{_rotation(facts)}: {_parts(facts)}."
    )
    return Message(text, [blocks.section(text), blocks.actions(_call_off(facts))])


@routes.say("oncall_swap_declined")
def swap_declined(facts: dict[str, Any]) -> Message:
    """They do not."""
    text = (
        f":no_entry_sign: {mrkdwn.person(facts['asked'])} declined to swap for "
        f"{_rotation(facts)}: {_parts(facts)}. You stay on call. Ask somebody else the same way."
    )
    return Message(text, [blocks.section(text)])


@routes.say("oncall_called_off")
def called_off(facts: dict[str, Any]) -> Message:
    """It is off."""
    text = (
        f":leftwards_arrow_with_hook: {mrkdwn.person(facts['by'])} called off the change of "
        f"{_rotation(facts)} {_from_to(facts)}. The rotation decides again."
    )
    return Message(text, [blocks.section(text)])


def _yes_or_no(facts: dict[str, Any]) -> blocks.Block:
    yes = blocks.button("Agree", "oncall.agree", facts["trade"], style="primary")
    return blocks.actions(yes, blocks.button("Decline", "oncall.decline", facts["trade"]))


def _call_off(facts: dict[str, Any]) -> blocks.Block:
    return blocks.button("Call off", "oncall.call_off", facts["trade"])


def _rotation(facts: dict[str, Any]) -> str:
    return f"*{mrkdwn.escape(facts['rotation'])}*"


def _from_to(facts: dict[str, Any]) -> str:
    return f"from {mrkdwn.escape(facts['start'])} to {mrkdwn.escape(facts['end'])}"


def _parts(facts: dict[str, Any]) -> str:
    return "; ".join(f"{mrkdwn.person(one['person'])} {_from_to(one)}" for one in facts["parts"])


def _reason(facts: dict[str, Any]) -> str:
    return f" “{mrkdwn.escape(facts['because'])}”" if facts["because"] else ""
