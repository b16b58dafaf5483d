"""Effects in SQL: written with the facts, claimed under a fenced lease, settled once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, or_, select, update

from incidents.model import ids
from incidents.model.effects import EffectKind, Planned
from incidents.model.ids import IncidentNumber, uuid7
from incidents.model.severity import Severity
from incidents.store.sql import insert_if_new, next_number, skip_locked
from incidents.store.tables import effect, incident

SETTLED = ("done", "dead", "superseded")
EDIT_PAUSE = timedelta(milliseconds=1200)  # Slack allows 50 chat.update a minute (tier 3)
_PACED = frozenset({EffectKind.EDIT_CARD, EffectKind.EDIT_ANNOUNCEMENT, EffectKind.TOPIC})
_LAST = 9  # it can wait for everything that people see
_TOLERANCE = timedelta(seconds=2)  # by which the clocks of replicas may differ for a moment
_LONGEST_WAIT = timedelta(minutes=5)  # between attempts, whatever went wrong

# Looked for on every tick, and an alias is dear to make.
_earlier, _needed = effect.alias("earlier"), effect.alias("needed")
_IN_TURN = ~exists().where(
    _earlier.c.lane == effect.c.lane,
    _earlier.c.seq < effect.c.seq,
    _earlier.c.state.not_in(SETTLED),
)
# What was sent twice is taken back whether the one that stays was carried or called off.
_SUFFICES = or_(
    _needed.c.state == "done",
    and_(_needed.c.state == "superseded", effect.c.kind == EffectKind.DELETE.value),
)
READY = or_(effect.c.needs.is_(None), exists().where(_needed.c.key == effect.c.needs, _SUFFICES))


@dataclass(frozen=True, slots=True)
class Claimed:
    """An effect that is ours until ``lease_until``.

    ``attempts`` counts this one; ``first_intent_at`` is when the first attempt began, None if none
    ever did, so what has one must be probed before it is sent again.
    """

    id: str
    key: str
    kind: EffectKind
    args: dict[str, Any]
    incident: IncidentNumber | None
    lane: str
    attempts: int
    created_at: datetime
    first_intent_at: datetime | None
    fence: int
    lease_until: datetime

    @property
    def about(self) -> IncidentNumber | None:
        """The incident it is about; a direct message has it among the facts it tells."""
        return self.incident or told_of(self.args)


def add(connection: Connection, plan: Planned, now: datetime) -> bool:
    """Write the effect down. False if its key was ever used before: then nothing changes.

    Older effects of the same ``collapse`` that nobody has begun are superseded; edits of one
    message keep a pause between them.
    """
    not_before = now
    if plan.collapse:
        paced = plan.kind in _PACED
        last = (
            paced
            and connection.execute(
                select(func.max(effect.c.settled_at)).where(
                    effect.c.collapse == plan.collapse, effect.c.state == "done"
                )
            ).scalar()
        )
        not_before = max(now, last + EDIT_PAUSE) if last else now
    is_new = insert_if_new(
        connection,
        effect,
        {
            "id": uuid7(now),
            "key": plan.key,
            "kind": plan.kind.value,
            "args": plan.args,
            "incident": plan.incident,
            "lane": plan.lane,
            "seq": next_number(connection, "effect"),
            "needs": plan.needs,
            "collapse": plan.collapse,
            "rank": _rank(connection, plan),
            "state": "pending",
            "attempts": 0,
            "created_at": now,
            "not_before": not_before,
            "fence": 0,
        },
    )
    if is_new and plan.collapse:
        call_off(connection, plan.collapse, now, besides=plan.key)
    return is_new


def claim(  # noqa: PLR0913
    connection: Connection,
    owner: str,
    now: datetime,
    *,
    kinds: Collection[EffectKind],
    lease: timedelta,
    limit: int,
    besides: Collection[str] = (),
) -> list[Claimed]:
    """Up to ``limit`` effects that may be carried now, marked as ours. Commit before carrying them.

    Kinds that this version does not know are left to whoever knows them. ``besides`` are the ids of
    those we are carrying at this moment.

    What is in flight under a lease that ran out belongs to a process that died: it is claimed too.
    """
    free = or_(
        and_(effect.c.state == "pending", effect.c.not_before <= now),
        and_(effect.c.state == "inflight", effect.c.lease_until < now),
    )
    query = (
        select(effect)
        .where(effect.c.kind.in_(sorted(kinds)), free, _IN_TURN, READY)
        .where(effect.c.id.not_in(sorted(besides)))
        .order_by(effect.c.rank, effect.c.seq)
        .limit(limit)
    )
    rows = connection.execute(skip_locked(connection, query)).all()
    for row in rows:
        connection.execute(
            update(effect)
            .where(effect.c.id == row.id)
            .values(
                state="inflight",
                owner=owner,
                lease_until=now + lease,
                fence=row.fence + 1,
                attempts=row.attempts + 1,
                intent_at=row.intent_at or now,
            )
        )
    return [_claimed(row, now + lease) for row in rows]


def settle(
    connection: Connection,
    claimed: Claimed,
    now: datetime,
    *,
    state: str,
    result: dict[str, Any] | None = None,
    error: str | None = None,
) -> bool:
    """Record the end of an effect. False if somebody else holds it by now: then change nothing."""
    return _fenced(
        connection, claimed, state=state, result=result, error=error, settled_at=now, owner=None
    )


def give_back(
    connection: Connection, claimed: Claimed, not_before: datetime, *, error: str, begun: bool
) -> bool:
    """Try again later. ``begun`` says whether the outside may have seen the attempt."""
    values: dict[str, Any] = {} if begun else {"intent_at": claimed.first_intent_at}
    return _fenced(
        connection,
        claimed,
        state="pending",
        not_before=not_before,
        error=error,
        owner=None,
        lease_until=None,
        **values,
    )


def still_ours(connection: Connection, claimed: Claimed, now: datetime, margin: timedelta) -> bool:
    """Whether the lease lasts at least ``margin`` longer, so that the call ends before it does.

    What was recalled meanwhile is nobody's.
    """
    query = select(effect.c.state, effect.c.fence, effect.c.lease_until)
    state, fence, lease_until = connection.execute(query.where(effect.c.id == claimed.id)).one()
    is_held = state == "inflight" and fence == claimed.fence
    return bool(is_held and lease_until and lease_until >= now + margin)


def owners(connection: Connection) -> frozenset[str]:
    """Who holds effects at the moment."""
    query = select(effect.c.owner).where(effect.c.state == "inflight").distinct()
    return frozenset(owner for owner in connection.execute(query).scalars() if owner)


def last_unbegun(connection: Connection, lane: str) -> tuple[str, dict[str, Any]] | None:
    """The newest effect of a lane, held until the transaction ends, if nobody has begun it.

    Its id, and what it is to do.
    """
    query = select(effect).where(effect.c.lane == lane).order_by(effect.c.seq.desc()).limit(1)
    newest = connection.execute(query).first()
    if newest is None:
        return None
    held = select(effect).where(effect.c.id == newest.id, effect.c.state == "pending")
    row = connection.execute(
        skip_locked(connection, held.where(effect.c.intent_at.is_(None)))
    ).first()
    return None if row is None else (row.id, row.args)


def amend(connection: Connection, effect_id: str, args: dict[str, Any]) -> None:
    """Let an effect that nobody has begun do this instead. Hold it: see `last_unbegun`."""
    connection.execute(update(effect).where(effect.c.id == effect_id).values(args=args))


def release(connection: Connection, owner: str, now: datetime) -> int:
    """Let go of what a dead process still holds. How many there were."""
    statement = (
        update(effect)
        .where(effect.c.state == "inflight", effect.c.owner == owner)
        .values(state="pending", not_before=now, owner=None, lease_until=None)
    )
    return connection.execute(statement).rowcount


def after_a_jump(connection: Connection, now: datetime, *, lease: timedelta) -> None:
    """Nothing waits for times that a clock wrote down before it was set back.

    No lease lasts longer than ``lease`` from now on. It is not cut shorter than that either:
    whoever holds it may be in the middle of a call. An effect that is not to be tried for minutes,
    or was planned in the future, may be tried now; what Slack asked for is kept elsewhere.
    """
    connection.execute(
        update(effect)
        .where(effect.c.state == "inflight", effect.c.lease_until > now + lease + _TOLERANCE)
        .values(lease_until=now + lease)
    )
    is_odd = or_(
        effect.c.not_before > now + _LONGEST_WAIT,
        and_(effect.c.created_at > now + _TOLERANCE, effect.c.not_before > now + _TOLERANCE),
    )
    connection.execute(
        update(effect).where(effect.c.state == "pending", is_odd).values(not_before=now)
    )


def retry(connection: Connection, where: Any, now: datetime) -> int:  # noqa: ANN401 (a SQL condition)
    """Give dead effects another life. How many there were."""
    statement = (
        update(effect)
        .where(effect.c.state == "dead", where)
        .values(state="pending", not_before=now, error=None, settled_at=None)
    )
    return connection.execute(statement).rowcount


def retry_one(connection: Connection, effect_id: str, now: datetime) -> int:
    """Give one dead effect, by id or key, another life."""
    return retry(connection, or_(effect.c.id == effect_id, effect.c.key == effect_id), now)


def retry_incident(connection: Connection, number: IncidentNumber, now: datetime) -> int:
    """Give every dead effect of an incident another life."""
    return retry(connection, effect.c.incident == number, now)


def call_off(connection: Connection, collapse: str, now: datetime, *, besides: str = "") -> int:
    """Call off what nobody has begun of the effects of which only the newest matters.

    ``besides`` is the key of the newest.
    """
    statement = (
        update(effect)
        .where(effect.c.collapse == collapse, effect.c.key != besides)
        .where(effect.c.state == "pending")
        .values(state="superseded", settled_at=now)
    )
    return connection.execute(statement).rowcount


def recall(connection: Connection, prefix: str, now: datetime) -> int:
    """Call off what was not sent of every ``collapse`` that begins like this. How many there were.

    Whoever is about to send one finds that it is off; only a call that is being made at this very
    moment is beyond recall.
    """
    statement = (
        update(effect)
        .where(effect.c.state.in_(("pending", "inflight")))
        .where(effect.c.collapse.startswith(prefix, autoescape=True))
        .values(state="superseded", settled_at=now, owner=None)
    )
    return connection.execute(statement).rowcount


def give_up(connection: Connection, number: IncidentNumber, kind: EffectKind, now: datetime) -> int:
    """Call off for good what waits or failed of one kind. What is being carried goes on."""
    statement = (
        update(effect)
        .where(effect.c.state.in_(("pending", "dead")))
        .where(effect.c.incident == number, effect.c.kind == kind.value)
        .values(state="superseded", settled_at=now)
    )
    return connection.execute(statement).rowcount


def forget(connection: Connection, kind: EffectKind, before: datetime) -> int:
    """Delete what was settled before that moment. How many there were.

    Only for kinds whose keys name a time that is over: any other key has to be remembered.
    """
    is_old = and_(
        effect.c.kind == kind,
        effect.c.state.in_(("done", "superseded")),
        effect.c.settled_at < before,
    )
    return connection.execute(delete(effect).where(is_old)).rowcount


def _rank(connection: Connection, plan: Planned) -> int:
    """What is about a sev1 goes first, what is about no incident goes with the sev3."""
    if plan.kind is EffectKind.RECONCILE:
        return _LAST
    query = select(incident.c.severity).where(incident.c.number == plan.incident)
    severity = connection.execute(query).scalar() if plan.incident is not None else None
    return Severity(severity).rank if severity else Severity.SEV3.rank


def told_of(args: dict[str, Any]) -> IncidentNumber | None:
    """Which incident a direct message is about, by the facts it tells."""
    facts = args.get("facts", {})
    return ids.parse_key(str(facts.get("incident") or facts.get("key") or ""))


def _fenced(connection: Connection, claimed: Claimed, **values: Any) -> bool:  # noqa: ANN401
    statement = (
        update(effect)
        .where(
            effect.c.id == claimed.id,
            effect.c.fence == claimed.fence,
            effect.c.state == "inflight",
        )
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


def _claimed(row: Row[Any], lease_until: datetime) -> Claimed:
    return Claimed(
        id=row.id,
        key=row.key,
        kind=EffectKind(row.kind),
        args=row.args,
        incident=row.incident,
        lane=row.lane,
        attempts=row.attempts + 1,
        created_at=row.created_at,
        first_intent_at=row.intent_at,
        fence=row.fence + 1,
        lease_until=lease_until,
    )
