"""Several applications on one database and one embedded workspace."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.app import App, build, read_configuration
from bot.clock import Clock, utc_now
from bot.demo.stage import SHORTCUTS, furnish, member_id
from bot.emulator import CallableDelivery, Delivery, InProcessTransport, Reply, Workspace
from bot.settings import Settings
from incidents import assets
from incidents.actions.declare import Declare, declare
from incidents.actions.deliver import STANDARD, Terms
from incidents.actions.desk import Desk, Origin, Work
from incidents.model.followups import ActionItem
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId
from incidents.model.text import UserText
from incidents.store import action_items
from incidents.store.sql import next_number

ANA = PersonId(member_id("ana"))
OWNERS = tuple(
    PersonId(member_id(handle))
    for handle in ("bo", "chen", "dana", "eli", "farah", "goran", "hana")
)
read_once = functools.cache(read_configuration)


class Crowd:
    """``size`` replicas. They do nothing by themselves before `start`."""

    def __init__(
        self,
        database_url: str,
        *,
        size: int = 3,
        clock: Clock | None = None,
        terms: Terms = STANDARD,
        threads: bool = True,
    ) -> None:
        self.slack = Workspace(clock=clock or utc_now, rate_limits=False)
        identity = self.slack.identity
        self.settings = Settings(
            slack_bot_token=identity.bot_token,
            slack_signing_secret=identity.signing_secret,
            warroom_slack_api_url="http://workspace.test/workspace/api/",
            warroom_database_url=database_url,
            warroom_config_dir=assets.folder("templates") / "init",
        )
        self.apps: list[App] = [
            build(
                self.settings,
                clock=clock,
                transport=InProcessTransport(self.slack),
                configuration=read_once(self.settings.warroom_config_dir),
                threads=threads,
                paced=False,
                terms=terms,
            )
            for _ in range(size)
        ]
        furnish(self.slack, self.desk.catalog)
        self.slack.install(
            slash_command="/incident", shortcuts=SHORTCUTS, public_url="http://workspace.test"
        )
        for app in self.apps:
            app.identity.introduce()
            app.identity.learn_everybody()

    @property
    def desk(self) -> Desk:
        """The first replica's."""
        return self.apps[0].desk

    @property
    def clock(self) -> Clock:
        """The first replica's."""
        return self.apps[0].clock

    def start(self) -> None:
        """All of them work by themselves from now on."""
        for app in self.apps:
            app.start()

    def listens(self, app: App) -> None:
        """What happens in the workspace is told to this one."""

        def receive(delivery: Delivery) -> Reply:
            answer = app.answer_slack(delivery.headers, delivery.body)
            return Reply(answer.status_code, dict(answer.headers), bytes(answer.body))

        self.slack.deliver = CallableDelivery(receive)

    def told(self) -> Counter[str]:
        """What the bot said to people in person, and how often each."""
        return Counter(str(body["text"]) for body in self.direct_messages())

    def direct_messages(self) -> list[dict[str, Any]]:
        """All that the bot sent to people in person, as they see it."""
        bot = self.slack.identity.bot_user
        with self.slack.core.lock:
            state = self.slack.core.state
            direct = {channel.id for channel in state.channels if channel.kind == "im"}
            said = [one for one in state.messages if one.channel in direct and one.user == bot]
            return [dict(one.body) for one in said]

    def close(self) -> None:
        """Take the stage down."""
        for app in self.apps:
            app.stop()
        self.slack.close()


def an_incident(desk: Desk, now: datetime, title: str = "Payments fail") -> IncidentNumber:
    """Somebody declares one."""
    order = Declare(UserText(title))
    return declare(desk, order, by=Origin(ANA, "cli"), now=now).incident.number


def promise(
    desk: Desk, incident: IncidentNumber, count: int, due_at: datetime
) -> tuple[ActionItem, ...]:
    """``count`` action items of several people, each with one reminder, at ``due_at`` exactly.

    Nobody was told of them, and there is neither a warning nor a reminder once they are late.
    """
    before = due_at - timedelta(days=1)
    with desk.work(Origin(ANA, "cli"), before) as work:
        return tuple(_promised(work, incident, due_at) for _ in range(count))


def _promised(work: Work, incident: IncidentNumber, at: datetime) -> ActionItem:
    number = ActionNumber(next_number(work.connection, "action"))
    title, owner = UserText(f"Item {number:04}"), OWNERS[number % len(OWNERS)]
    item = ActionItem(number, incident, title, owner, work.now, ANA, due_at=at)
    action_items.add(work.connection, item)
    args = {"item": number, "kind": "due"}
    work.later(f"todo-{number}/{at:%Y%m%dT%H%M%SZ}/due", "reminder", at, args, incident)
    return item


def asked(item: ActionItem) -> str:
    """What its owner hears when it is due."""
    return f":bell: An action item of yours is due. {item.title.raw}"


def until(holds: Callable[[], bool], *, patience: float = 60.0) -> None:
    """Wait for it; fail if it does not come."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
