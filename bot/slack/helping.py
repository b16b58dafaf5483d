"""Help: the few verbs that fit where somebody stands; one of them, or all, for whoever asks."""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes, Verb
from incidents.model.incident import Incident
from incidents.model.text import shorten

routes = Routes()

_OUTSIDE = ("declare", "list", "mine", "oncall", "slo", "blast", "subscribe", "drill")
_OPEN = ("lead", "page", "note", "update", "sev", "status", "tree", "todo", "undo", "resolve")
_OVER = ("fix", "times", "postmortem", "todo", "timeline", "reopen", "close")
_TYPED = 40  # characters of what somebody typed, on a button


@routes.verb(
    "help",
    "[verb|all]",
    "What fits where you are; one verb; or all of them",
    in_room=False,
    aliases=("?", "-h", "--help"),
    needs="ask for help",
)
def help_(ask: Ask) -> Answer:
    """``help``, ``help sev``, ``help all``; for a slip, what it may have been."""
    verbs: dict[str, Verb] = ask.metadata.get("verbs") or {}
    word = ask.text.split()[0].lower() if ask.text.split() else ""
    if word == "all" and not _is_slip(ask):
        return _said(ask, _everything(ask, verbs.values()))
    if word in verbs:
        return _said(ask, [blocks.section(_line(ask, verbs[word])), *_other_words(verbs[word])])
    slip = _slip(ask, word, verbs) if word else []
    fitting = [verbs[name] for name in _fitting(ask.incident) if name in verbs]
    return _said(ask, [*slip, blocks.section(_listed(ask, _heading(ask), fitting)), _more(ask)])


def _fitting(incident: Incident | None) -> tuple[str, ...]:
    """What somebody most likely wants to do there, first things first."""
    if incident is None:
        return _OUTSIDE
    return _OPEN if incident.is_open else _OVER


def _heading(ask: Ask) -> str:
    if ask.incident is None:
        return f"*{ask.command}* and any words declare. It also understands:"
    return f"*{ask.command}* shows the card of {ask.incident.key}. For now:"


def _more(ask: Ask) -> Block:
    threads = "In threads, mention me instead: slash commands do not work there."
    return blocks.context(
        f"Everything: `{ask.command} help all`. One verb: `{ask.command} help sev`. {threads}",
        _marks(ask),
    )


def _everything(ask: Ask, verbs: Iterable[Verb]) -> list[Block]:
    known = sorted(dict.fromkeys(verbs), key=lambda verb: verb.name)
    anywhere = [verb for verb in known if not verb.in_room]
    here = [verb for verb in known if verb.in_room]
    return [
        blocks.section(_listed(ask, "*Anywhere*", anywhere)),
        blocks.section(_listed(ask, "*In an incident's room*", here)),
        blocks.context(_marks(ask)),
    ]


def _is_slip(ask: Ask) -> bool:
    """Whether it was not help that they asked for."""
    return bool(ask.metadata.get("is_slip"))


def _slip(ask: Ask, word: str, verbs: Mapping[str, Verb]) -> list[Block]:
    """What it may have been, or a title after all."""
    like = get_close_matches(word, list(verbs), n=3, cutoff=0.6)
    near = dict.fromkeys(verbs[one].name for one in like)  # an alias is the verb it stands for
    meant = " or ".join(f"`{ask.command} {one}`" for one in near)
    hint = f" Did you mean {meant}?" if meant else ""
    told = blocks.section(f":thinking_face: I do not know `{mrkdwn.escape(word)}`.{hint}")
    if not _is_slip(ask):
        return [told]
    memory = json.dumps({"text": ask.text, "private": False}, ensure_ascii=False)
    label = f"Declare “{shorten(ask.text, _TYPED)}”"
    return [told, blocks.actions(blocks.button(label, "declare.anyway", memory))]


def _listed(ask: Ask, heading: str, verbs: Iterable[Verb]) -> str:
    return "\n".join([heading, *(_line(ask, verb) for verb in verbs)])


def _line(ask: Ask, verb: Verb) -> str:
    usage = f" {verb.usage}" if verb.usage else ""
    return f"`{ask.command} {verb.name}{mrkdwn.escape(usage)}` {verb.help}"


def _other_words(verb: Verb) -> list[Block]:
    if not verb.aliases:
        return []
    return [blocks.context("Or: " + ", ".join(f"`{word}`" for word in verb.aliases))]


def _said(ask: Ask, body: list[Block]) -> Answer:
    return Answer(Message(f"{ask.command} help", body))


def _marks(ask: Ask) -> str:
    sets = ask.desk.catalog.settings.emoji
    return (
        f"React with :{sets.timeline[0]}: to put a message on the timeline, :{sets.action[0]}: to "
        f"make it an action item, :{sets.update[0]}: to send it as an update. Take it back the "
        "same way."
    )
