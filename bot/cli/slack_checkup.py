"""Slack's part of ``warroom doctor``: may we do what is switched on, does anything reach us?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.cli import common
from bot.cli.found import Found

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.slack.client import SlackClient
    from incidents.actions.desk import Desk

_MOST_SKEW = timedelta(seconds=5)  # Slack's Date has whole seconds, and the answer travels
_ECHO_SECONDS = 15
_NAMED = 5


def slack(*, probe: bool) -> list[Found]:
    """Everything about Slack. ``probe`` writes a message there, and waits for its echo."""
    from bot.slack.client import SlackClient, SlackSays
    from incidents.actions.deliver import Ambiguous, NotSent, Throttled

    settings = common.settings()
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        return [Found("Slack", "wrong", "SLACK_BOT_TOKEN is not set")]
    found: list[Found] = []
    client = SlackClient(token, settings.warroom_slack_api_url)
    try:
        found.extend(_looks(settings, client, probe=probe))
    except SlackSays as error:
        found.append(Found("Slack", "wrong", str(error)))
    except (NotSent, Throttled, Ambiguous) as error:
        found.append(Found("Slack", "unreachable", str(error)))
    finally:
        client.close()
    return found


def _looks(settings: "Settings", client: "SlackClient", *, probe: bool) -> Iterator[Found]:
    me = client.identify()
    yield Found("Slack", "ok", f"{me.who['user']} in {me.who['team']}")
    yield _clock(me.at, common.now())
    desk = common.desk()
    yield from _scopes(desk, me.granted)
    if settings.warroom_transport == "socket":
        yield _socket(settings)
    rooms = dict(_channels(client, me.granted))
    names = dict.fromkeys((desk.catalog.settings.announcement_channel, desk.catalog.settings.ops))
    for name in names:
        yield _channel(name, rooms)
    yield _people(desk)
    if probe:
        ops = desk.catalog.settings.ops
        yield _echo(desk, client, ops if ops in rooms.values() else rooms.get(ops, ""))
    yield from _heard(desk, settings.warroom_command)


def _clock(theirs: datetime | None, ours: datetime) -> Found:
    """A signed request is refused when clocks are five minutes apart; times lie long before."""
    if theirs is None:
        return Found("clock", "note", "Slack did not say what time it is")
    skew = (ours - theirs).total_seconds()
    say = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Slack's"
    if abs(ours - theirs) <= _MOST_SKEW:
        return Found("clock", "ok", "agrees with Slack's")
    return Found("clock", "wrong", f"{say}: set it by NTP")


def _scopes(desk: "Desk", granted: frozenset[str]) -> Iterator[Found]:
    """For the core and for each feature: what is needed against what was granted."""
    from bot.slack.manifest import CORE, PACKS, SWITCH_ON, scopes_of

    wanted = desk.catalog.settings.features
    again = "install the app again from `warroom slack manifest`"
    lacking = sorted(CORE.scopes.keys() - granted)
    if not lacking:
        yield Found("scopes", "ok", f"all {len(CORE.scopes)} that every room needs")
    for scope in lacking:
        yield Found(f"scope {scope}", "wrong", f"missing: {CORE.scopes[scope]}; {again}")
    for feature, pack in PACKS.items():
        lacking = sorted(pack.scopes.keys() - granted)
        what = f"feature {feature}"
        if not lacking:
            yield Found(what, "ok", pack.about)
        elif feature in wanted:
            yield Found(what, "wrong", f"{', '.join(lacking)} missing for {pack.about}; {again}")
        else:
            how = SWITCH_ON.format(feature)
            yield Found(what, "note", f"off: {pack.about}. {how} to have it")
    extra = sorted(granted - scopes_of(PACKS).keys())
    if extra:
        yield Found("scopes", "note", f"granted and never used: {', '.join(extra)}; {again}")


def _socket(settings: "Settings") -> Found:
    """The app's own token opens connections."""
    from bot.slack.client import SlackClient, SlackSays

    token = settings.slack_app_token.get_secret_value()
    client = SlackClient(token, settings.warroom_slack_api_url)
    try:
        client.call("apps.connections.open")
    except SlackSays as error:
        return Found("Socket Mode", "wrong", f"SLACK_APP_TOKEN: {error}")
    finally:
        client.close()
    return Found("Socket Mode", "ok", "a connection can be opened")


def _channels(client: "SlackClient", granted: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Name and id of each channel that the bot is in."""
    from bot.slack.rooms import own_channels

    for channel in own_channels(client, private="groups:read" in granted):
        yield channel["name"], channel["id"]


def _channel(name: str, rooms: dict[str, str]) -> Found:
    from bot.slack.rooms import is_id

    if name in rooms or name in rooms.values():
        return Found(f"channel #{name}", "ok", "the bot is in it")
    if is_id(name):
        say = "the bot cannot see it: if it is private and the bot was invited, that is enough"
        return Found(f"channel {name}", "note", say)
    say = f"the bot is not in it: type /invite @warroom in #{name}"
    return Found(f"channel #{name}", "wrong", say)


def _people(desk: "Desk") -> Found:
    """Whoever the catalogue names has to be somebody in Slack, or nobody can ask them."""
    from incidents.model.oncall import on_call_in
    from incidents.queries.oncall import roster
    from incidents.store import people

    with desk.look() as connection:
        if not people.everybody(connection):
            return Found("people", "note", "nobody was read from Slack yet: start `warroom serve`")
        planned = roster(desk.catalog, connection, common.now(desk))
        handles = {one for team in desk.catalog.teams.values() for one in team.members}
        handles |= {one for each in planned.values() for one in on_call_in(each)}
        unknown = sorted(one for one in handles if people.named(connection, one) is None)
    if not unknown:
        return Found("people", "ok", f"{len(handles)} of the catalogue are in Slack")
    named = ", ".join(unknown[:_NAMED]) + (" …" if len(unknown) > _NAMED else "")
    say = f"{len(unknown)} of {len(handles)} are not in Slack: {named}"
    return Found("people", "wrong", f"{say}; correct services/*.yaml or oncall/*.yaml")


def _heard(desk: "Desk", command: str) -> Iterator[Found]:
    """When each kind of thing that people do reached us last."""
    from bot.slack.hearing import HEARD

    proofs = {
        "command": f"type {command} list",
        "button": "press one on a card",
        "event": "write in an incident's room",
    }
    names = sorted(set(HEARD.values()))
    at = _noted(desk, names)
    now = common.now(desk)
    for name in names:
        word = name.partition("/")[2]
        if name in at:
            ago = _ago(now - at[name])
            yield Found(f"{word}s", "ok", f"the last one reached us {ago}")
        elif word in proofs:
            yield Found(f"{word}s", "note", f"none has reached us yet: {proofs[word]} to see")


def _echo(desk: "Desk", client: "SlackClient", channel: str) -> Found:
    """We write something; whoever serves hears of it, if events arrive at all."""
    from time import sleep

    from bot.slack.hearing import ECHO, PROBE

    if not channel:
        return Found("echo", "wrong", "the bot is in no channel where it could write")
    begun = common.now(desk)
    said = client.call("chat.postMessage", channel=channel, text=f"{PROBE}. This goes away again.")
    try:
        for _ in range(_ECHO_SECONDS):
            at = _noted(desk, [ECHO]).get(ECHO)
            if at is not None and at >= begun:
                return Found(
                    "echo", "ok", f"events arrive: in {(at - begun).total_seconds():.1f} s"
                )
            sleep(1.0)
    finally:
        client.call("chat.delete", channel=said["channel"], ts=said["ts"])
    say = (
        f"nothing came back within {_ECHO_SECONDS} s: is `warroom serve` running, and are events "
        "switched on in the app (`warroom slack compare`)?"
    )
    return Found("echo", "wrong", say)


def _noted(desk: "Desk", names: list[str]) -> dict[str, datetime]:
    from incidents.store import sources

    with desk.look() as connection:
        return {name: one.seen_at for name, one in sources.named(connection, names).items()}


def _ago(span: timedelta) -> str:
    from incidents.model.objective import in_words

    minute = timedelta(minutes=1)
    return f"{in_words(span)} ago" if span > minute else "just now"
