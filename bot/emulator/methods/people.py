"""Who is who: ``auth``, ``bots``, ``users``, ``usergroups``, ``team``, ``dnd``."""

from bot.emulator import shapes
from bot.emulator.entities import Json
from bot.emulator.errors import SlackError
from bot.emulator.methods.request import SPECIAL, TIER_2, TIER_3, TIER_4, Method, Request, paged

MOST_LISTED = 1000


def auth_test(request: Request) -> Json:
    core, me = request.core, request.core.identity
    who = core.member(request.caller.user)
    shown: Json = {
        "url": core.url("/workspace"),
        "team": me.team,
        "user": who.name,
        "team_id": me.team_id,
        "user_id": who.id,
        "is_enterprise_install": False,
    }
    if request.caller.is_bot:
        shown["bot_id"] = me.bot_id
    return shown


def api_test(request: Request) -> Json:
    error = request.args.text("error")
    if error:
        raise SlackError(error, args={"error": error})
    foo = request.args.text("foo")
    return {"args": {"foo": foo}} if foo else {}


def bots_info(request: Request) -> Json:
    me = request.core.identity
    if request.args.text("bot", me.bot_id) != me.bot_id:
        raise SlackError("bot_not_found")
    shown = {**shapes.bot_profile(request.core), "user_id": me.bot_user}
    return {"bot": shown}


def team_info(request: Request) -> Json:
    me = request.core.identity
    team = {
        "id": me.team_id,
        "name": me.team,
        "domain": me.domain,
        "email_domain": "",
        "icon": {"image_default": True},
        "url": request.core.url("/workspace"),
    }
    return {"team": team}


def shown_member(request: Request, user: str) -> Json:
    shown = shapes.member(request.core, request.core.member(user))
    scopes = request.caller.scopes
    if scopes is not None and "users:read.email" not in scopes:
        shown["profile"].pop("email", None)
    return shown


def users_info(request: Request) -> Json:
    return {"user": shown_member(request, request.args.need("user"))}


def users_list(request: Request) -> Json:
    ids = [member.id for member in request.core.state.members]
    rows, cursor = request.page(ids, MOST_LISTED, MOST_LISTED)
    members = [shown_member(request, user) for user in rows]
    return {"members": members, "cache_ts": int(request.core.now()), **paged(cursor)}


def lookup_by_email(request: Request) -> Json:
    email = request.args.need("email").lower()
    for member in request.core.state.members:
        if member.email.lower() == email and not member.deleted:
            return {"user": shown_member(request, member.id)}
    raise SlackError("users_not_found")


def profile_get(request: Request) -> Json:
    user = request.args.text("user") or request.caller.user
    return {"profile": shapes.profile(request.core, request.core.member(user))}


def get_presence(request: Request) -> Json:
    request.core.member(request.args.text("user") or request.caller.user)
    return {"presence": "active"}


def usergroups_list(request: Request) -> Json:
    users, count = request.args.flag("include_users"), request.args.flag("include_count")
    hidden = request.args.flag("include_disabled")
    groups = [
        shapes.usergroup(request.core, group, with_users=users, with_count=count)
        for group in request.core.state.usergroups
        if hidden or not group.is_disabled
    ]
    return {"usergroups": groups}


def usergroup_users(request: Request) -> Json:
    group = request.core.state.usergroups.get(request.args.need("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def dnd_team_info(request: Request) -> Json:
    """Nobody here has asked not to be disturbed."""
    quiet = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    known = [u for u in request.args.names("users") if request.core.state.members.get(u)]
    return {"users": dict.fromkeys(known, quiet), "cached": True}


READ = ("users:read",)
ANYBODY = ("bot", "user", "app")
METHODS = (
    Method("auth.test", auth_test, (), SPECIAL, ANYBODY),
    Method("api.test", api_test, (), SPECIAL, ("bot", "user", "app", "nobody")),
    Method("bots.info", bots_info, READ, TIER_3),
    Method("team.info", team_info, ("team:read",), TIER_3),
    Method("users.info", users_info, READ, TIER_4),
    Method("users.list", users_list, READ, TIER_2),
    Method("users.lookupByEmail", lookup_by_email, ("users:read.email",), TIER_3),
    Method("users.profile.get", profile_get, ("users.profile:read",), TIER_4),
    Method("users.getPresence", get_presence, READ, TIER_3),
    Method("usergroups.list", usergroups_list, ("usergroups:read",), TIER_2),
    Method("usergroups.users.list", usergroup_users, ("usergroups:read",), TIER_2),
    Method("dnd.teamInfo", dnd_team_info, ("dnd:read",), TIER_2),
)
