"""``views.*``: modals and home tabs."""

from bot.emulator import shapes, surfaces
from bot.emulator.entities import AnyJson, Json, View
from bot.emulator.errors import SlackError, missing
from bot.emulator.methods.request import TIER_4, Method, Request


def body(request: Request) -> AnyJson:
    given = request.args.json("view")
    if given is None:
        raise missing("view")
    return given


def trigger_id(request: Request) -> str:
    if "trigger_id" not in request.args and "interactivity_pointer" not in request.args:
        raise missing("trigger_id")
    return request.args.text("trigger_id") or request.args.text("interactivity_pointer")


def shown(request: Request, view: View) -> Json:
    return {"view": shapes.view(request.core, view)}


def free_external_id(request: Request, view: AnyJson) -> None:
    external = view.get("external_id") if isinstance(view, dict) else None
    if external and any(v.body.get("external_id") == external for v in request.core.state.views):
        raise SlackError("duplicate_external_id")


def open_(request: Request) -> Json:
    view = body(request)
    trigger = surfaces.spend_trigger(request.core, trigger_id(request))
    free_external_id(request, view)
    return shown(request, surfaces.open_view(request.core, trigger.user, view))


def push(request: Request) -> Json:
    view = body(request)
    trigger = surfaces.spend_trigger(request.core, trigger_id(request))
    free_external_id(request, view)
    if not surfaces.stack(request.core, trigger.user):
        raise SlackError("not_found")
    return shown(request, surfaces.push_view(request.core, trigger.user, view, trigger.view))


def update(request: Request) -> Json:
    args, views = request.args, request.core.state.views
    if "view_id" not in args and "external_id" not in args:
        raise missing("view_id")
    external = args.text("external_id")
    found = views.get(args.text("view_id")) or next(
        (v for v in views if external and v.body.get("external_id") == external), None
    )
    if found is None:
        raise SlackError("not_found")
    changed = surfaces.change_view(request.core, found, body(request), args.text("hash"))
    return shown(request, changed)


def publish(request: Request) -> Json:
    user, args = request.args.need("user_id"), request.args
    request.core.member(user)
    view = surfaces.publish_home(request.core, user, body(request), args.text("hash"))
    return shown(request, view)


METHODS = (
    Method("views.open", open_, (), TIER_4, ("bot",)),
    Method("views.push", push, (), TIER_4, ("bot",)),
    Method("views.update", update, (), TIER_4, ("bot",)),
    Method("views.publish", publish, (), TIER_4, ("bot",)),
)
