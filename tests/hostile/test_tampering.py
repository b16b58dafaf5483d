"""What comes back from a dialog or a button may be forged: nobody gains by it.

Somebody who may not see an incident forges what our dialogs and buttons remember (metadata, values,
block ids) and where the answer should go. Each request is signed, as if Slack had been talked into
it; who acts is Slack's own word.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hostile import matrix
from hostile.matrix import PEOPLE, SECRET
from hostile.sizes import sized
from hostile.stage import AtOnce
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from world import World

from bot.slack import guard
from bot.slack.features import ALL
from incidents.store import tables

_EXAMPLES = sized(100, 10_000)
_HIDDEN = 2  # the number of the private incident
_OUTSIDERS = [PEOPLE["m"], PEOPLE["G"], PEOPLE["S"]]
_OTHERS = ("https://evil.example/hook", "http://hooks.slack.com/services/x",
           "https://hooks.slack.com.evil.example/x", "https://hooks.slack.com@evil.example/x",
           "https://user:pw@hooks.slack.com/x", "https://hooks.slack.com:8443/x",
           "//evil.example/x", "http://workspace.test:81/x", "http://169.254.169.254/latest", "file:///etc/passwd",
           "\ud800", "http://[", "")  # fmt: skip
_ALLOWED = {"https://hooks.slack.com", "http://workspace.test"}


class Watched(httpx.BaseTransport):
    """Lets everything through and remembers where it went and what it said."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.sent: list[tuple[str, bytes]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        self.sent.append((origin, request.read()))
        return self.inner.handle_request(request)


class Forger:
    """A world with a public and a private incident, and outsiders who send forged requests."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.public = matrix._incident(world, is_private=False)
        self.private = matrix._incident(world, is_private=True)
        for incident in (self.public, self.private):
            matrix._populate(world, incident)
        world.app.reception._listener._background = AtOnce()
        self.watched = Watched(world.app.client._client._transport)
        world.app.client._client._transport = self.watched
        self._times = 0
        self.values = self._values()

    def _values(self) -> list[str]:
        """What buttons remember, about both incidents and about what belongs to them."""
        with self.world.app.desk.look() as connection:
            walks = connection.execute(select(tables.walk.c.id, tables.walk.c.step)).all()
        keys = [self.public.key, self.private.key]
        rooms = [str(self.public.room), str(self.private.room)]
        words = ("commander", "severity", "roles", "todo", "why", "postmortem", "resolved", "sev1",
                 "2026-11-18T09:30:00+00:00")  # fmt: skip
        verbs = [f"{verb} {key} words" for verb in ALL.verbs for key in keys]
        return [
            *keys, *rooms, "1", "2", "1 2", "2 1", "item/1", "item/2", "customers", "private", "",
            *(f"{key} {word}" for key in keys for word in words),
            *(json.dumps({"walk": w.id, "step": w.step, "answer": "yes"}) for w in walks),
            *(json.dumps({"verb": v, "text": t}) for v in ALL.verbs for t in (*keys, "words", "")),
            *(json.dumps({"incident": k, "channel": r}) for k in keys for r in rooms),
            *(json.dumps({"incident": k, "seen": {"summary": "x"}, "draft": 1}) for k in keys),
            json.dumps({"text": "words", "private": True}), *verbs,
        ]  # fmt: skip

    def send(self, payload: dict[str, Any]) -> tuple[int, bytes]:
        """Sign and send it; status and everything that was said to anybody because of it."""
        self.watched.sent.clear()
        fields = payload if "command" in payload else {"payload": json.dumps(payload)}
        body = urlencode(fields, errors="replace").encode()
        stamp = str(int(self.world.clock().timestamp()))
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": guard.sign(body, self.world.slack.identity.signing_secret, stamp),
        }
        answer = self.world.app.answer_slack(headers, body)
        said = b"\n".join([bytes(answer.body), *(content for _, content in self.watched.sent)])
        return answer.status_code, said

    def press(self, user: str, name: str, draw: Any) -> dict[str, Any]:
        """A forged press of a button."""
        self._times += 1
        value = draw(st.sampled_from(self.values))
        action = {"action_id": name, "block_id": draw(self._block_ids()), "value": value,
                  "action_ts": f"{self._times}.1", "selected_option": {"value": value},
                  "selected_user": user}  # fmt: skip
        view = {"id": "V1", "private_metadata": draw(self._memories()), "state": {"values": {}}}
        payload = self._act(user, "block_actions", draw)
        payload |= {"actions": [action], "channel": {"id": self.world.channel("general").id}}
        return {**payload, "view": view} if draw(st.booleans()) else payload

    def submit(self, user: str, name: str, draw: Any) -> dict[str, Any]:
        """A forged form."""
        self._times += 1
        fields = ("title", "severity", "services", "status", "person", "role", "because", "owner",
                  "text.responders", "impact", "due", "audience", "summary", "private")  # fmt: skip
        values = {
            one: {one: {"type": "plain_text_input", "value": draw(st.sampled_from(self.values))}}
            for one in fields
        }
        view = {
            "id": f"V{self._times}",
            "type": "modal",
            "callback_id": name,
            "hash": "h",
            "state": {"values": values},
            "private_metadata": draw(self._memories()),
        }
        return {**self._act(user, "view_submission", draw), "view": view}

    def type_(self, user: str, draw: Any) -> dict[str, Any]:
        """A command that names what is not theirs."""
        self._times += 1
        text = draw(st.sampled_from([one for one in self.values if one]))
        return {"command": "/incident", "text": text, "user_id": user, "team_id": "T1",
                "channel_id": self.world.channel("general").id, "trigger_id": f"t{self._times}",
                "response_url": draw(st.sampled_from(_OTHERS))}  # fmt: skip

    def _act(self, user: str, kind: str, draw: Any) -> dict[str, Any]:
        return {"type": kind, "user": {"id": user, "team_id": "T1"}, "team": {"id": "T1"},
                "trigger_id": f"t{self._times}", "container": {"message_ts": "1.1"},
                "response_url": draw(st.sampled_from(_OTHERS))}  # fmt: skip

    def _block_ids(self) -> st.SearchStrategy[str]:
        return st.sampled_from(self.values).map(
            lambda value: value if "/" in value else f"pick:{value}"
        )

    def _memories(self) -> st.SearchStrategy[str]:
        return st.sampled_from(self.values) | st.text(max_size=20).map(json.dumps)

    def hidden(self) -> dict[str, Any]:
        """Everything that is on record about the private incident."""
        found: dict[str, Any] = {}
        with self.world.app.desk.look() as connection:
            for table in tables.metadata.sorted_tables:
                column = table.c.number if table.name == "incident" else table.c.get("incident")
                if column is not None:
                    rows = connection.execute(select(table).where(column == _HIDDEN)).all()
                    found[table.name] = [str(row) for row in rows]
        return found


@pytest.fixture(scope="module")
def forger(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forger]:
    """With a security team, so that a private incident is somebody's to see."""
    folder = tmp_path_factory.mktemp("forger")
    shutil.copy(sqlite_template, folder / "warroom.db")
    configuration = matrix.configured(folder / "configuration")
    world = World(f"sqlite:///{folder / 'warroom.db'}", config=configuration)
    yield Forger(world)
    world.close()


def test_forged_values_gain_nothing_and_answers_go_to_slack_only(forger: Forger) -> None:
    before = forger.hidden()
    assert before["timeline"]
    counts = {"answered": 0}

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def gains_nothing(data: st.DataObject) -> None:
        user = data.draw(st.sampled_from(_OUTSIDERS))
        kind = data.draw(st.sampled_from(["press", "submit", "type"]))
        if kind == "press":
            name = data.draw(st.sampled_from([*ALL.buttons, "pick.incident", "reading:0"]))
            payload = forger.press(user, name, data.draw)
        elif kind == "submit":
            payload = forger.submit(user, data.draw(st.sampled_from([*ALL.forms])), data.draw)
        else:
            payload = forger.type_(user, data.draw)

        status, said = forger.send(payload)

        counts["answered"] += status == 200
        assert status in {200, 400}
        assert SECRET.encode() not in said
        assert {origin for origin, _ in forger.watched.sent} <= _ALLOWED
        assert forger.hidden() == before

    gains_nothing()

    assert counts["answered"] > _EXAMPLES // 2


@pytest.mark.parametrize("url", _OTHERS)
def test_no_answer_goes_to_another_host(forger: Forger, url: str) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": PEOPLE["C"]},
        "team": {"id": "T1"},
        "response_url": url,
        "channel": {"id": forger.public.room},
        "actions": [{"action_id": "card.retry", "value": forger.public.key,
                     "action_ts": f"9.{_OTHERS.index(url)}"}],
    }  # fmt: skip

    status, said = forger.send(payload)

    if status == 200:  # the words came by another way
        assert b"Nothing is left to retry" in said
    assert {origin for origin, _ in forger.watched.sent} <= _ALLOWED


def test_an_item_that_is_named_twice_is_one(forger: Forger) -> None:
    """What is permitted is what is done, whatever else the button says."""
    forged = {
        "type": "block_actions",
        "user": {"id": PEOPLE["m"]},
        "team": {"id": "T1"},
        "channel": {"id": forger.world.channel("general").id},
        "actions": [{"action_id": "followups.reassign", "value": "1", "block_id": "item/2",
                     "action_ts": "1.1", "selected_user": PEOPLE["m"]}],
    }  # fmt: skip
    before = forger.hidden()

    forger.send(forged)

    assert forger.hidden() == before
