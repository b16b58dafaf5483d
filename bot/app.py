"""The composition root: the only module that knows all the others. Importing it does nothing."""

import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import anyio
import anyio.to_thread
import httpx
import structlog
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from bot.addresses import read_own
from bot.beats import beats_of
from bot.body import read_body
from bot.clock import Clock, SyncedClock, clock_of
from bot.couriers import fallback
from bot.couriers.checks import CheckCourier
from bot.couriers.fallback import FallbackCourier
from bot.couriers.pagers import PagerCourier, Pagers, read_keys
from bot.feeds import read_feeds
from bot.gate import Gate
from bot.intake import HANDLERS as KEPT_HANDLERS
from bot.intake import build_routes as intake_routes
from bot.intake.pagers import build_routes as pager_routes
from bot.intake.senders import key_of
from bot.outgoing import Outgoing
from bot.probing import Looker, Prober
from bot.problems import HANDLERS, problem
from bot.request_ids import RequestIds
from bot.settings import BadSettings, Settings
from bot.slack import guard
from bot.slack.client import SlackClient
from bot.slack.courier import SlackCourier
from bot.slack.features import ALL
from bot.slack.hearing import Hearing
from bot.slack.identity import Identity
from bot.slack.listen import Listener, build_bolt
from bot.slack.pace import Pace
from bot.slack.reception import Reception
from bot.slack.socket import SocketMode
from bot.web import build_routes as web_routes
from bot.window_feeds import read_window_feeds
from bot.worker import Worker
from incidents import assets
from incidents.actions import (
    auditing,
    deadlines,
    deliveries,
    housekeeping,
    oncall,
    promises,
    sharding,
    snapshots,
)
from incidents.actions.deliver import (
    STANDARD,
    Deliverer,
    Terms,
)
from incidents.actions.desk import Desk, Fallback
from incidents.actions.rooms import CONSEQUENCES
from incidents.actions.slo import evaluate
from incidents.actions.watching import Watch, renew, watch
from incidents.catalog.catalog import EMPTY, Catalog, load_catalog
from incidents.catalog.openslo import read_objectives
from incidents.catalog.probes import read_probes
from incidents.catalog.scopes import deaf
from incidents.catalog.trees import read_trees
from incidents.errors import Misconfigured, Problem, Unavailable, WarroomError
from incidents.model.objective import Objective
from incidents.model.probing import Probe
from incidents.model.triage import Tree
from incidents.store import disk, host, migrate, wake
from incidents.store.engine import Store
from incidents.store.host import Seat
from incidents.store.spool import Spool

log = structlog.get_logger(__name__)

_CARRIERS = 16  # calls that go out at the same time
_AT_ONCE = 40  # requests of Slack's that are answered at the same time


@dataclass(slots=True)
class App:
    """Everything that runs, put together."""

    settings: Settings
    desk: Desk
    clock: Clock
    client: SlackClient
    identity: Identity
    reception: Reception
    spool: Spool
    deliverer: Deliverer
    budgets: Watch
    prober: Prober
    worker: Worker = field(init=False)
    seat: Seat
    gate: Gate
    background: ThreadPoolExecutor
    carriers: ThreadPoolExecutor
    sockets: SocketMode | None = None
    at_once: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_AT_ONCE))
    extra_routes: list[BaseRoute] = field(default_factory=list)

    @property
    def command(self) -> str:
        """What people type in Slack."""
        return self.settings.warroom_command

    def start(self) -> None:
        """Begin to beat time, carry effects and evaluate budgets. Slack may be down.

        Raises `Taken` if another host works on this SQLite file.
        """
        self.seat.enter(self.clock())
        self.deliverer.recover()
        auditing.note_start(self.desk, self.clock())
        oncall.remember(self.desk, self.clock())
        self.worker.start()
        self.desk.wake()  # something may have been left behind

    def stop(self) -> None:
        """End in order: nothing new is begun, what is being carried is finished."""
        self.worker.stop()
        if self.sockets is not None:
            self.sockets.close()
        self.prober.close()
        self.background.shutdown(wait=True)
        self.carriers.shutdown(wait=True)
        self.client.close()
        self.spool.close()
        with suppress(WarroomError):  # then its leases run out, and the journal is read
            self.keep_counts()
            sharding.give_up(self.desk, self.seat.owner)
        self.seat.leave()
        self.desk.store.close()

    def lateness(self) -> timedelta | None:
        """How late the metronome or the carrier is; None before the start."""
        return self.worker.late()

    def skew(self) -> timedelta:
        """How far this host's clock is ahead of the one all replicas go by."""
        return self.clock.skew if isinstance(self.clock, SyncedClock) else timedelta()

    def knows_slack(self) -> bool:
        """Whether Slack was reached since the start, and answers."""
        return bool(self.identity.me.user_id) and not self.deliverer.troubles

    def write_trouble(self) -> str:
        """Why the last heartbeat could not be written to the database; empty if it could."""
        return self.seat.trouble

    def disk(self) -> disk.Room | None:
        """What is left where this process writes files, where it is least."""
        file, settings = host.file_of(self.desk.store), self.settings
        own = (settings.warroom_spool_dir, settings.warroom_backup_dir, file and file.parent)
        return disk.tightest(folder for folder in own if folder is not None)

    @property
    def outgoing(self) -> Outgoing:
        """The way to every URL that is not Slack's."""
        return Outgoing(read_own(self.settings.warroom_allow_private_hosts))

    @property
    def runbook_folders(self) -> list[Path]:
        """Where runbooks and decision trees are, the user's first."""
        return tree_folders(self.settings.warroom_config_dir)

    def rebuild_budgets(self) -> None:
        """Read the counts again that were imported behind the tick's back."""
        with self.budgets.lock:
            renew(self.desk, self.budgets, self.clock())

    def hold_budgets(self) -> bool:
        """Say that we watch our share of the budgets, and take or give up some if it changed."""
        return sharding.hold(self.desk, self.budgets, self.seat.owner, self.clock())

    def keep_counts(self) -> int:
        """Pack the counts of our budgets, for a quick restart. How many shards were written."""
        return snapshots.snap(self.desk, self.budgets, self.clock())

    def evaluate(self) -> int:
        """Look at our share of the budgets now. How many of them led to something.

        A database that takes nothing leaves us what we hold: its leases say for how long.
        """
        try:
            self.hold_budgets()
        except (OperationalError, Unavailable) as error:
            log.warning("budgets_not_held", because=str(error))
        return len(evaluate(self.desk, self.budgets, self.clock()).outcomes)

    def fire(self) -> int:
        """Do what is due now. How much it was."""
        return deadlines.tick(self.desk, housekeeping.HANDLERS, self.clock())

    def read_feeds(self) -> int:
        """Read calendars and schedules whose turn it is. How many could be read."""
        return read_feeds(self.desk, self.settings, self.outgoing, self.clock)

    def read_window_feeds(self) -> int:
        """Read what vendors and calendars plan. How much of it differs."""
        return read_window_feeds(self.desk, self.outgoing, self.clock)

    def work_off(self) -> int:
        """Work on what was kept because it was too much at once. How much it was."""
        return deliveries.work(self.desk, KEPT_HANDLERS, self.clock())

    def tick(self) -> int:
        """Do by hand all that the worker does by itself."""
        return self.fire() + self.work_off() + self.evaluate() + self.deliverer.drain()

    def asgi(self) -> Starlette:
        """Everything that is reached over HTTP."""
        from bot.api import create_api  # noqa: PLC0415 (FastAPI is slow to import)

        routes: list[BaseRoute] = [
            Route("/slack/events", self._slack_events, methods=["POST"]),
            *pager_routes(
                self.desk,
                self.clock,
                pagerduty_secrets=self.settings.warroom_pagerduty_webhook_secret.get_secret_value(),
                webhook_key=_pager_key(self.settings),
            ),
            *intake_routes(
                self.desk,
                self.clock,
                github_secret=self.settings.warroom_github_secret.get_secret_value(),
                hook_key=key_of(self.settings.warroom_hook_secret.get_secret_value()),
            ),
            Mount("/api/v1", create_api(self.desk, self.clock, command=self.command)),
            *self.extra_routes,
            *web_routes(self),
        ]
        return Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers=HANDLERS,
            middleware=[Middleware(RequestIds)],
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(self.start)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(self.stop)

    async def _slack_events(self, request: Request) -> Response:
        """Slack's own endpoint: checked as bytes, then answered in a thread."""
        body = await read_body(request, limit=guard.LARGEST_BODY)
        if isinstance(body, Response):
            return body
        return await anyio.to_thread.run_sync(
            self.answer_slack, request.headers, body, limiter=self.at_once
        )

    def answer_slack(self, headers: Mapping[str, str], body: bytes) -> Response:
        """What Slack is told. Nothing is parsed before the signature is known to be good."""
        secret = self.settings.slack_signing_secret.get_secret_value()
        rejected = guard.check(headers, body, secret, self.clock())
        if rejected is not None:
            return problem(rejected.status, rejected.title)
        answer = self.reception.receive(body.decode())
        return Response(
            answer.body,
            status_code=answer.status,
            headers={name: values[0] for name, values in answer.headers.items()},
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that is written in files."""

    catalog: Catalog
    objectives: tuple[Objective, ...]
    trees: tuple[Tree, ...]
    templates: Path | None
    probes: tuple[Probe, ...] = ()


def read_configuration(folder: Path | None, cache: Path | None = None) -> Configuration:
    """The configuration in ``folder``, or an empty one; ``cache`` is as in `load_catalog`.

    Raises `Misconfigured` with all its faults.
    """
    problems: list[Problem] = []
    catalog = EMPTY
    try:
        catalog = load_catalog(folder, cache) if folder else EMPTY
    except Misconfigured as error:
        problems += error.problems
    objectives, wrong = read_objectives(folder / "slos") if folder else ((), ())
    trees, broken = read_trees(tree_folders(folder))
    names = [one.slo for one in objectives]
    probes, astray = read_probes(folder, names) if folder else ((), ())
    problems += [*(one for one in wrong if not one.is_warning), *broken, *astray]
    problems += deaf(catalog, objectives)
    if problems:
        raise Misconfigured(tuple(problems))
    own = folder / "templates" if folder else None
    return Configuration(catalog, objectives, trees, own if own and own.is_dir() else None, probes)


def build(  # noqa: PLR0913
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    configuration: Configuration | None = None,
    threads: bool = True,
    pace: float = 1.0,
    paced: bool = True,
    terms: Terms = STANDARD,
    on_dead: Callable[[str], None] = lambda _: None,
) -> App:
    """Put everything together. Reads configuration and opens the database; calls nobody.

    Without a ``clock`` it is the database's (`clock_of`).
    ``transport`` replaces the way to Slack, ``threads=False`` carries effects one after the other,
    ``configuration`` is one that was read before: all for tests. ``pace`` is how much faster than
    usual time is beaten, for scripts that move the clock; ``paced=False`` leaves it to Slack to say
    no. ``on_dead`` is told when a thread hangs for good. Raises `Misconfigured`.
    """
    awake = threading.Event()
    configuration = configuration or read_configuration(
        settings.warroom_config_dir, settings.warroom_cache_dir
    )
    desk = build_desk(settings, configuration=configuration, wake=awake.set)
    clock = clock or _in_step(clock_of(desk.store))
    client = SlackClient(
        settings.slack_bot_token.get_secret_value(),
        settings.warroom_slack_api_url,
        transport=transport,
        pace=Pace(desk, clock) if paced else None,
        command=settings.warroom_command,
    )
    identity = Identity(client, settings.slack_bot_token.get_secret_value(), desk, clock)
    background = ThreadPoolExecutor(4, thread_name_prefix="background")
    carriers = ThreadPoolExecutor(_CARRIERS, thread_name_prefix="courier")
    listener = Listener(
        desk,
        client,
        identity,
        ALL,
        clock,
        command=settings.warroom_command,
        background=background,
    )
    seat = Seat(desk.store, assets.version())
    own_hosts = read_own(settings.warroom_allow_private_hosts)
    deliverer = Deliverer(
        desk,
        (
            SlackCourier(desk, client, identity, ALL.words, clock),
            CheckCourier(Outgoing(own_hosts, settings.warroom_check_hosts)),
            _fallback_courier(settings, Outgoing(own_hosts), clock),
            PagerCourier(Outgoing(own_hosts), clock, pagers_of(settings)),
        ),
        CONSEQUENCES,
        owner=seat.owner,
        clock=clock,
        executor=carriers if threads else None,
        at_once=_CARRIERS,
        terms=terms,
    )
    promises.remember(desk, clock())
    budgets = watch(desk, clock())
    looker = Looker(Outgoing(own_hosts))
    prober = Prober(desk, looker, configuration.probes, settings.warroom_probe_place, clock)
    bolt = build_bolt(
        listener, settings.slack_signing_secret.get_secret_value(), identity.authorize
    )
    spool = Spool(settings.warroom_spool_dir, _spool_key(settings))
    hearing = Hearing(desk, clock, background)
    reception = Reception(bolt, listener, client, spool, clock, hearing)
    sockets = None
    if settings.warroom_transport == "socket":
        token = settings.slack_app_token.get_secret_value()
        sockets = SocketMode(bolt, reception, token, settings.warroom_slack_api_url)
    gate = Gate((seat.objection, lambda: migrate.unfit(desk.store)))
    app = App(
        settings=settings,
        desk=desk,
        clock=clock,
        client=client,
        identity=identity,
        reception=reception,
        spool=spool,
        sockets=sockets,
        deliverer=deliverer,
        budgets=budgets,
        prober=prober,
        seat=seat,
        gate=gate,
        background=background,
        carriers=carriers,
    )
    app.worker = Worker(
        beats_of(app),
        gate.guarded(deliverer.round),
        awake=awake,
        listen=lambda stopping: wake.listen(desk.store, awake.set, stopping),
        pace=pace,
        on_dead=on_dead,
    )
    return app


def _spool_key(settings: Settings) -> bytes:
    """Whoever knows what Slack knows may write to the spool."""
    secrets = (settings.slack_signing_secret, settings.slack_bot_token, settings.slack_app_token)
    return "/".join(secret.get_secret_value() for secret in secrets).encode()


def build_desk(
    settings: Settings,
    *,
    configuration: Configuration | None = None,
    wake: Callable[[], None] | None = None,
) -> Desk:
    """The record and the rules, without Slack: all that most commands need."""
    read = configuration or read_configuration(
        settings.warroom_config_dir, settings.warroom_cache_dir
    )
    store = Store(settings.warroom_database_url, seal=settings.seal)
    migrate.upgrade(store)
    more = {"wake": wake} if wake else {}
    return Desk(
        store,
        read.catalog,
        read.trees,
        read.objectives,
        settings.warroom_public_url,
        read.templates,
        fallback=_fallback_of(settings),
        **more,
    )


def _fallback_of(settings: Settings) -> Fallback:
    """Which ways to people without Slack are set."""
    ways = {
        "email": settings.warroom_fallback_smtp_url,
        "webhook": settings.warroom_fallback_webhook_url,
    }
    media = tuple(name for name, url in ways.items() if url.get_secret_value())
    return Fallback(media, settings.warroom_ops_email)


def _fallback_courier(settings: Settings, outgoing: Outgoing, clock: Clock) -> FallbackCourier:
    """Raises `BadSettings` for what cannot work, before anybody relies on it."""
    mail_url = settings.warroom_fallback_smtp_url.get_secret_value()
    hook_url = settings.warroom_fallback_webhook_url.get_secret_value()
    secret = settings.warroom_fallback_secret.get_secret_value()
    try:
        mail = (
            fallback.read_mail_server(mail_url, settings.warroom_fallback_from)
            if mail_url
            else None
        )
        webhook = fallback.read_webhook(hook_url, secret) if hook_url else None
    except ValueError as error:
        raise BadSettings(str(error)) from None
    return FallbackCourier(outgoing, clock, mail=mail, webhook=webhook)


def pagers_of(settings: Settings) -> Pagers:
    """Raises `BadSettings` for what cannot work, before anybody relies on it."""
    url = settings.warroom_pager_webhook_url.get_secret_value()
    secret = settings.warroom_pager_webhook_secret.get_secret_value()
    goalert = settings.warroom_goalert_keys.get_secret_value()
    try:
        return Pagers(
            settings.warroom_pagerduty_url,
            read_keys("WARROOM_PAGERDUTY_KEYS", settings.warroom_pagerduty_keys.get_secret_value()),
            settings.warroom_goalert_url,
            read_keys("WARROOM_GOALERT_KEYS", goalert),
            fallback.read_webhook(url, secret, "WARROOM_PAGER_WEBHOOK_SECRET") if url else None,
        )
    except ValueError as error:
        raise BadSettings(str(error)) from None


def _pager_key(settings: Settings) -> bytes:
    """What the webhook signs its answers with: the same that we sign with."""
    webhook = pagers_of(settings).webhook
    return webhook.key if webhook is not None else b""


def tree_folders(config: Path | None) -> list[Path]:
    """Where decision trees are: the user's, which win by id, then those that ship."""
    own = [config / "runbooks"] if config and (config / "runbooks").is_dir() else []
    return [*own, assets.folder("runbooks")]


def _in_step(clock: SyncedClock) -> SyncedClock:
    """The clock, set; or, while the database is away, our own until it is back."""
    try:
        clock.sync()
    except Unavailable as error:
        log.warning("clock_not_synced", because=str(error))
    return clock
