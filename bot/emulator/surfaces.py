"""Modals and home tabs: the stack of at most three views that a person has open."""

import secrets
from dataclasses import replace

from bot.emulator import shapes
from bot.emulator.blockkit import check_view
from bot.emulator.blockkit.values import carried, initial_values
from bot.emulator.core import Core
from bot.emulator.entities import AnyJson, Hook, Json, Trigger, View
from bot.emulator.errors import SlackError

TRIGGER_SECONDS = 3.0
HOOK_SECONDS = 30 * 60.0
DEEPEST_STACK = 3


def new_trigger(core: Core, user: str, view: str = "") -> str:
    """The right to open one view within three seconds."""
    with core.change() as state:
        now = core.now()
        for old in [t for t in state.triggers if t.expires < now - 600]:
            state.triggers.remove(old.id)
        number = state.next("trigger")
        trigger_id = f"{number}.{int(now)}.{secrets.token_hex(16)}"
        state.triggers.put(Trigger(trigger_id, user, now + TRIGGER_SECONDS, view))
    return trigger_id


def spend_trigger(core: Core, trigger_id: str) -> Trigger:
    trigger = core.state.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.is_used:
        raise SlackError("exchanged_trigger_id")
    if core.now() > trigger.expires:
        raise SlackError("expired_trigger_id")
    return core.state.triggers.put(replace(trigger, is_used=True))


def new_hook(  # where an answer may go is all of these
    core: Core,
    user: str,
    channel: str,
    *,
    message_ts: str = "",
    is_ephemeral: bool = False,
    thread_ts: str = "",
) -> str:
    """The address of a fresh ``response_url``."""
    token = secrets.token_urlsafe(18)
    expires = core.now() + HOOK_SECONDS
    with core.change() as state:
        state.hooks.put(Hook(token, user, channel, expires, 0, message_ts, is_ephemeral, thread_ts))
    return core.url(f"/workspace/hooks/{token}")


def stack(core: Core, user: str) -> list[View]:
    """The modals that ``user`` has open, the lowest first."""
    return [view for view in core.state.views if view.user == user and view.kind == "modal"]


def home(core: Core, user: str) -> View | None:
    return next((v for v in core.state.views if v.user == user and v.kind == "home"), None)


def open_view(core: Core, user: str, body: AnyJson) -> View:
    """The only modal of ``user``, in place of any that were open."""
    checked = check_view(body, "modal")
    for old in stack(core, user):
        remove(core, old)
    return _add(core, user, checked, "", "")


def push_view(core: Core, user: str, body: AnyJson, below: str = "") -> View:
    open_now = stack(core, user)
    if len(open_now) >= DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    checked = check_view(body, "modal")
    top = core.state.views.get(below) or (open_now[-1] if open_now else None)
    return _add(core, user, checked, top.root if top else "", top.id if top else "")


def change_view(core: Core, view: View, body: AnyJson, expected_hash: str = "") -> View:
    """The same view with new content; what was typed into blocks that stay is kept."""
    if expected_hash and expected_hash != view.hash:
        raise SlackError("hash_conflict")
    checked = check_view(body, view.kind)
    values = carried(view.values, checked.get("blocks", []))
    return show(
        core, core.state.views.put(replace(view, body=checked, hash=_hash(core), values=values))
    )


def publish_home(core: Core, user: str, body: AnyJson, expected_hash: str = "") -> View:
    old = home(core, user)
    if old:
        return change_view(core, old, body, expected_hash)
    checked = check_view(body, "home")
    view_id = core.state.new_id("V")
    values = initial_values(checked.get("blocks", []))
    view = View(view_id, user, "home", checked, _hash(core), view_id, "", values)
    return show(core, core.state.views.put(view))


def show(core: Core, view: View) -> View:
    kind = "home" if view.kind == "home" else "view"
    core.show(kind, frozenset({view.user}), user=view.user, view=shapes.view(core, view))
    return view


def remove(core: Core, view: View) -> None:
    core.state.views.remove(view.id)
    core.show("view_gone", frozenset({view.user}), user=view.user, view_id=view.id)


def _add(core: Core, user: str, body: Json, root: str, previous: str) -> View:
    view_id = core.state.new_id("V")
    values = initial_values(body.get("blocks", []))
    view = View(view_id, user, "modal", body, _hash(core), root or view_id, previous, values)
    return show(core, core.state.views.put(view))


def _hash(core: Core) -> str:
    return f"{int(core.now())}.{core.state.next('view hash'):08d}"
