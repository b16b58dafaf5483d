"""The shape of what Slack sends, as far as Bolt, or anything of ours, looks into it.

Slack signed what comes here, so a fault is hardly an attack. But a payload that is not what we take
it for is refused at the door, with the names of the wrong fields, instead of breaking inside. What
is not named here is not looked at. Ids and stamps become parts of keys in the database, so they are
made of what Slack makes them of.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self
from urllib.parse import parse_qs

from pydantic import BaseModel, Field, StringConstraints, ValidationError, model_validator

from bot.body import depth

_DEEPEST = 32  # levels of JSON
_MOST_FAULTS = 5  # that are named
_LONGEST_PLACE = 60  # characters of one name: it may be the sender's own
_MOST_FIELDS = 200  # of a form; a command has a dozen

_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,40}$")]
_Stamp = Annotated[str, StringConstraints(pattern=r"^[0-9.]{1,40}$")]
_Token = Annotated[str, StringConstraints(pattern=r"^[ -~]{0,255}$")]
_Some = dict[str, Any]


class _Envelope(BaseModel):
    """What Bolt looks into, whatever kind it is: whose workspace is it, and who acts."""

    team: _Some | str | None = None
    enterprise: _Some | str | None = None
    authorizations: list[_Some] | None = None
    message: _Some | None = None


class _Loose(_Envelope):
    user: _Some | str | None = None
    channel: _Some | str | None = None


class _Thing(BaseModel):
    id: _Id


class _Option(BaseModel):
    value: str


class _Action(BaseModel):
    action_id: _Token
    block_id: str = ""
    value: str | None = None
    url: str | None = None
    action_ts: _Stamp = ""
    selected_option: _Option | None = None
    selected_user: _Id | None = None


class _Entered(BaseModel):
    """What was put into one field of a form."""

    value: str | None = None
    selected_user: _Id | None = None
    selected_date: str | None = None
    selected_date_time: int | None = None
    selected_conversation: _Id | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None


class _State(BaseModel):
    values: dict[str, dict[str, _Entered]] = Field(default_factory=dict)


class _Filled(_State):
    values: dict[str, dict[str, _Entered]]


class _View(BaseModel):
    id: _Id
    hash: _Token = ""
    private_metadata: str = ""
    state: _State | None = None


class _Submitted(_View):
    type: str
    callback_id: _Token
    state: _Filled  # a form has always been filled in


class _Place(BaseModel):
    message_ts: _Stamp | None = None


class _Act(_Envelope):
    """Something that a person did."""

    user: _Thing
    channel: _Thing = Field(default=_Thing.model_construct(id=""))
    trigger_id: _Token = ""
    response_url: str = ""


class _Press(_Act):
    actions: list[_Action] = Field(min_length=1)
    container: _Place = Field(default_factory=_Place)
    view: _View | None = None


class _Submission(_Act):
    view: _Submitted
    response_urls: list[_Some] = Field(default_factory=list)


class _Shortcut(_Act):
    callback_id: _Token


class _Said(BaseModel):
    ts: _Stamp
    text: str | None = None


class _MessageShortcut(_Shortcut):
    message: _Said  # type: ignore[assignment]  # stricter than any message
    channel: _Thing
    action_ts: _Stamp = ""


class _Suggestion(_Act):
    action_id: _Token


class _Command(_Loose):
    command: str
    user_id: _Id
    channel_id: _Id
    trigger_id: _Token
    text: str = ""
    response_url: str = ""


class _Check(_Loose):
    """Slack asks whether we are there."""


class _Event(_Envelope):
    type: str


class _Mention(_Event):
    user: _Id
    channel: _Id
    text: str | None = None
    thread_ts: _Stamp | None = None


class _Spoken(_Event):
    channel: _Id
    ts: _Stamp
    user: _Id | None = None
    text: str | None = None
    subtype: str | None = None


class _Item(BaseModel):
    """What a reaction is on: a message in a channel, or a file."""

    type: str
    channel: _Id | None = None
    ts: _Stamp | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.type == "message" and not (self.channel and self.ts):
            raise ValueError("a message is in a channel, and has a ts")
        return self


class _Reaction(_Event):
    user: _Id
    reaction: str
    item: _Item
    event_ts: _Stamp = ""


class _Movement(_Event):
    user: _Id
    channel: _Id


class _Moved(_Event):
    channel: _Id
    user: _Id | None = None


class _Channel(_Thing):
    name: str


class _Renamed(_Event):
    channel: _Channel
    user: _Id | None = None


class _Opened(_Event):
    user: _Id
    channel: _Id | None = None
    tab: str = "home"


class _Profile(BaseModel):
    display_name: str | None = None
    real_name: str | None = None
    email: str | None = None


class _Member(_Thing):
    name: str
    real_name: str | None = None
    tz: str | None = None
    profile: _Profile = Field(default_factory=_Profile)


class _Person(_Event):
    user: _Member


class _AnyEvent(_Loose):
    type: str


class _Callback(_Loose):
    event_id: _Token
    event: _AnyEvent


_KINDS: Mapping[str, type[BaseModel]] = {
    "block_actions": _Press,
    "view_submission": _Submission,
    "shortcut": _Shortcut,
    "message_action": _MessageShortcut,
    "block_suggestion": _Suggestion,
    "event_callback": _Callback,
    "url_verification": _Check,
}
_EVENTS: Mapping[str, type[BaseModel]] = {
    "app_mention": _Mention,
    "message": _Spoken,
    **dict.fromkeys(("reaction_added", "reaction_removed"), _Reaction),
    **dict.fromkeys(("member_joined_channel", "member_left_channel"), _Movement),
    **dict.fromkeys(("channel_archive", "channel_unarchive", "channel_deleted"), _Moved),
    **dict.fromkeys(("group_archive", "group_unarchive", "group_deleted"), _Moved),
    **dict.fromkeys(("channel_rename", "group_rename"), _Renamed),
    "app_home_opened": _Opened,
    **dict.fromkeys(("team_join", "user_change"), _Person),
}


def parse(text: str) -> dict[str, Any]:
    """A payload's parts, whichever way it was sent: JSON, a form, or JSON in a form.

    Bolt's own way is not asked: it loses a command with the word "payload" in it. Raises ValueError
    for what is neither.
    """
    if text.startswith("{"):
        return _object(text)
    fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    if "payload" in fields:
        return _object(fields["payload"][0])
    return {name: values[0] for name, values in fields.items()}


def fault(payload: Mapping[str, Any]) -> str:
    """What is wrong with a payload, as the names of fields; empty if nothing is."""
    kind = payload.get("type")
    model = _KINDS.get(kind) if isinstance(kind, str) else None
    if kind is None and "ssl_check" in payload:
        model = _Check
    if kind is None and "command" in payload:
        model = _Command
    if model is None:
        return "type"
    return _faults(model, payload) or _faults_of_event(payload)


def _faults_of_event(payload: Mapping[str, Any]) -> str:
    event = payload.get("event")
    model = _EVENTS.get(event["type"]) if isinstance(event, dict) else None
    return _faults(model, event) if model is not None else ""


def _faults(model: type[BaseModel], value: object) -> str:
    try:
        model.model_validate(value)
    except ValidationError as error:
        places = [".".join(map(str, one["loc"])) for one in error.errors(include_url=False)]
        return ", ".join(place[:_LONGEST_PLACE] for place in places[:_MOST_FAULTS])
    return ""


def _object(text: str) -> dict[str, Any]:
    if depth(text.encode()) > _DEEPEST:
        raise ValueError("It is nested too deeply.")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("It is not an object.")  # noqa: TRY004 (of the text, not of the caller)
    return found
