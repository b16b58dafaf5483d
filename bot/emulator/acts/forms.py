"""What people do with modals and the home tab."""

from dataclasses import replace

from bot.emulator import shapes, surfaces
from bot.emulator.acts import payloads
from bot.emulator.acts.base import Hands
from bot.emulator.acts.result import ActResult, refused
from bot.emulator.blockkit.values import NoSuchElement, complaint, elements, entered, find
from bot.emulator.entities import AnyJson, Json, View
from bot.emulator.errors import SlackError
from bot.emulator.methods.conversations import direct_channel


class FormActs(Hands):
    def view(
        self, user: str, view_id: str, values: Json | None = None, *, kind: str = "submit"
    ) -> ActResult:
        """Submit a modal with what was entered, by block and action; or close it.

        As Slack's form does, missing and over-long entries are refused before the app is asked.
        """
        view = self._core.state.views.get(view_id)
        if view is None or view.user != user or view.kind != "modal":
            raise SlackError("view_not_found")
        if kind == "close":
            return self._close([view], is_cleared=bool(view.body.get("clear_on_close")))
        try:
            view = self._typed(view, values or {})
        except NoSuchElement as problem:
            return refused("no_such_element", str(problem))
        wrong = _complaints(view)
        if wrong:
            words = "; ".join(wrong.values())
            return ActResult(ok=False, error="incomplete", words=words, errors=wrong)
        payload = payloads.view_submission(self._core, view)
        reply, error = self._interact(payload)
        result = self._result(payload, reply, error)
        return result if error else self._apply(view, result)

    def home(self, user: str, tab: str = "home") -> ActResult:
        """Open the app's home tab (or its messages)."""
        core = self._core
        with core.change() as state:
            chan = direct_channel(core, core.identity.bot_user, [user])
            event: Json = {
                "type": "app_home_opened",
                "user": user,
                "channel": chan.id,
                "tab": tab,
                "event_ts": state.new_ts(),
            }
            known = surfaces.home(core, user)
            if known:
                event["view"] = shapes.view(core, known)
            core.emit(event)
        return ActResult(ok=True, shown=event.get("view"))

    def _typed(self, view: View, values: Json) -> View:
        """The view with what was entered, which Slack keeps even if the app complains."""
        merged = {block: dict(actions) for block, actions in view.values.items()}
        blocks = view.body.get("blocks", [])
        for block_id, actions in values.items():
            for action_id, given in actions.items():
                found = find(blocks, action_id, block_id)
                merged.setdefault(block_id, {})[action_id] = entered(found, given)
        with self._core.change() as state:
            return state.views.put(replace(view, values=merged))

    def close_all(self, user: str) -> ActResult:
        """Close every modal at once, with the cross in the corner."""
        return self._close(surfaces.stack(self._core, user), is_cleared=True)

    def _close(self, gone: list[View], *, is_cleared: bool) -> ActResult:
        core = self._core
        if is_cleared and gone:
            gone = surfaces.stack(core, gone[0].user)
        with core.change():
            for view in gone:
                surfaces.remove(core, view)
            left = surfaces.stack(core, gone[0].user) if gone else []
            if left:
                surfaces.show(core, left[-1])
        result = ActResult(ok=True)
        for view in [one for one in gone if one.body.get("notify_on_close")]:
            payload = payloads.view_closed(core, view, is_cleared=is_cleared)
            reply, error = self._interact(payload)
            result = self._result(payload, reply, error)
        return result

    def _apply(self, view: View, result: ActResult) -> ActResult:
        """Do what the app's answer to a submission says; none closes the view."""
        answer = result.body if isinstance(result.body, dict) else {}
        action = answer.get("response_action")
        try:
            with self._core.change():
                if action == "errors":
                    return _told(view, result, answer)
                shown = self._moved(view, str(action or ""), answer.get("view"))
        except SlackError as refusal:
            words = "We had some trouble connecting. Try again?"
            return replace(result, ok=False, error=refusal.code, words=words, errors=refusal.body())
        return replace(result, shown=shapes.view(self._core, shown) if shown else None)

    def _moved(self, view: View, action: str, body: AnyJson) -> View | None:
        core = self._core
        if action == "update":
            current = core.state.views.get(view.id) or view
            return surfaces.change_view(core, current, body)
        if action == "push":
            return surfaces.push_view(core, view.user, body, view.id)
        if action == "clear":
            for old in surfaces.stack(core, view.user):
                surfaces.remove(core, old)
            return None
        if action:
            raise SlackError("invalid_response_action")
        surfaces.remove(core, view)
        left = surfaces.stack(core, view.user)
        return surfaces.show(core, left[-1]) if left else None


def _complaints(view: View) -> Json:
    wrong: Json = {}
    for found in elements(view.body.get("blocks", [])):
        block_id = found.block["block_id"]
        if found.block["type"] != "input":
            continue
        value = view.values.get(block_id, {}).get(found.element["action_id"], {})
        words = complaint(found, value)
        if words:
            wrong[block_id] = words
    return wrong


def _told(view: View, result: ActResult, answer: Json) -> ActResult:
    """The form with the app's complaints under its fields."""
    errors = answer.get("errors")
    known = {b["block_id"] for b in view.body.get("blocks", []) if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - known:
        raise SlackError("invalid_errors", known=sorted(known))
    words = "; ".join(str(one) for one in errors.values())
    return replace(result, ok=False, error="errors", words=words, errors=errors)
