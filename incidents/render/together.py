"""What is told of teams that join an outage, and of incidents that turn out to be one, or two."""

from collections.abc import Callable, Mapping
from typing import Any

from incidents.model.timeline import Kind
from incidents.render.tongue import Tongue

Body = dict[str, Any]


def _joined(body: Body, tongue: Tongue) -> str:
    service, team = tongue.strong(tongue.words(body["service"])), str(body.get("team") or "")
    whose = f", and {tongue.words(team)} joined" if team else ", which no team owns"
    return f"{service} fails as a part of it{whose}{_because(body, tongue)}"


ANSWERS = {
    "asked": "{person} was asked to lead {team}",
    "leads": "{person} leads {team}",
    "passed": "{person} passed on leading {team}",
    "expired": "{person} did not answer in time about leading {team}",
    "gone": "{person} is no longer asked to lead {team}",
    "nobody": "Nobody is left to ask to lead {team}",
}
"""What became of asking somebody to lead a team's part."""


def _answered(body: Body, tongue: Tongue) -> str:
    person = tongue.person(body["person"]) if body.get("person") else ""
    words = ANSWERS.get(str(body["state"]), "{team}: {person}")
    return words.format(person=person, team=tongue.words(body["team"]))


def _merged(body: Body, tongue: Tongue) -> str:
    return f"Became a part of {tongue.words(body['to'])}{_because(body, tongue)}"


def _took_in(body: Body, tongue: Tongue) -> str:
    return f"{tongue.words(body['from'])} became a part of it{_because(body, tongue)}"


def _split(body: Body, tongue: Tongue) -> str:
    what = f" with {tongue.words(body['service'])}" if body.get("service") else ""
    return f"{tongue.words(body['to'])} goes its own way{what}{_because(body, tongue)}"


def _split_off(body: Body, tongue: Tongue) -> str:
    return f"Was taken out of {tongue.words(body['from'])}{_because(body, tongue)}"


def _because(body: Body, tongue: Tongue) -> str:
    why = str(body.get("because") or "")
    return f": {tongue.words(why)}" if why else ""


SENTENCES: Mapping[Kind, Callable[[Body, Tongue], str]] = {
    Kind.TEAM_JOINED: _joined,
    Kind.TEAM_ANSWERED: _answered,
    Kind.MERGED: _merged,
    Kind.TOOK_IN: _took_in,
    Kind.SPLIT: _split,
    Kind.SPLIT_OFF: _split_off,
}
