"""What a person types, as Slack's own client would send it."""

import re

from bot.emulator.core import Core

TOKEN = re.compile(r"<(?:[@#!][^<>]+|https?://[^<>]+|mailto:[^<>]+)>")
NAME = re.compile(r"(?<![\w@#&/])([@#])([a-z0-9][a-z0-9._-]*)")
LINK = re.compile(r"https?://[^\s<>|]+")
BROADCASTS = {"here", "channel", "everyone"}
TYPED_BROADCAST = re.compile(r"<!(?:here|channel|everyone)(?:\|[^<>]*)?>")


def message(core: Core, text: str) -> str:
    """Text for a message: specials escaped, links and mentions marked.

    The page sends the mentions a person picked as ``<@U…>`` already, so those stay. A typed
    ``<!channel>`` is only text, as in Slack; ``@channel`` is the way to call everybody.
    """
    parts, at = [], 0
    for token in TOKEN.finditer(text):
        if TYPED_BROADCAST.fullmatch(token.group()):
            continue
        parts += [_plain(core, text[at : token.start()]), token.group()]
        at = token.end()
    return "".join([*parts, _plain(core, text[at:])])


def command(core: Core, text: str) -> str:
    """Text of a slash command, with "escape channels, users and links" switched on in the app."""

    def named(match: re.Match[str]) -> str:
        return _mention(core, match[1], match[2], labelled=True) or match[0]

    text = re.sub(r"<@([UW][A-Z0-9]+)>", lambda m: _labelled(core, m[1]), text)
    return NAME.sub(named, text)


def _labelled(core: Core, user: str) -> str:
    who = core.state.members.get(user)
    return f"<@{user}|{who.name}>" if who else f"<@{user}>"


def _plain(core: Core, text: str) -> str:
    parts, at = [], 0
    for link in LINK.finditer(text):
        parts += [_words(core, text[at : link.start()]), f"<{link.group().replace('&', '&amp;')}>"]
        at = link.end()
    return "".join([*parts, _words(core, text[at:])])


def _words(core: Core, text: str) -> str:
    def named(match: re.Match[str]) -> str:
        return _mention(core, match[1], match[2], labelled=False) or match[0]

    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return NAME.sub(named, escaped)


def _mention(core: Core, sign: str, name: str, *, labelled: bool) -> str:
    """``@ana`` or ``#general`` in Slack's notation, or "" if there is nobody of that name.

    A full stop that ends the sentence does not belong to the name.
    """
    bare = name.rstrip("._-")
    rest = name[len(bare) :]
    if sign == "#":
        chan = next((c for c in core.state.channels if c.name == bare), None)
        return f"<#{chan.id}|{chan.name if labelled else ''}>{rest}" if chan else ""
    if bare in BROADCASTS:
        return f"<!{bare}>{rest}"
    who = next((m for m in core.state.members if m.name == bare and not m.deleted), None)
    if who:
        return (f"<@{who.id}|{who.name}>" if labelled else f"<@{who.id}>") + rest
    group = next((g for g in core.state.usergroups if g.handle == bare), None)
    if group:
        label = f"|@{group.handle}" if labelled else ""
        return f"<!subteam^{group.id}{label}>{rest}"
    return ""
