"""Incidents of every size, and everything that is ever said about them."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hostile.texts import TEXTS
from hypothesis import strategies as st

from incidents.model.burn import Loudness
from incidents.model.effects import EffectKind
from incidents.model.followups import ActionItem, ItemState
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId, room_name
from incidents.model.incident import Incident
from incidents.model.keytimes import KeyTime
from incidents.model.lifecycle import Status
from incidents.model.objective import Counts, SLOName
from incidents.model.roles import Role
from incidents.model.severity import Severity
from incidents.model.text import clean, clean_line
from incidents.model.waiver import State
from incidents.queries.card import Card
from incidents.queries.slo import Budget
from incidents.store.outbox_view import Listed
from incidents.store.roles import Assignment
from incidents.store.updates import Update

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

TALL = st.builds(
    lambda piece, times: piece * times,
    st.sampled_from(["x", "W ", "&", "<", "*", "a\n", "https://x.example/a|b ", "\U0001f525", "é"]),
    st.integers(0, 4000),
)
ANY = TEXTS | TALL
"""Texts of no letters up to many thousand, which may take five times as many once escaped."""

LINE = ANY.map(clean_line)
PROSE = ANY.map(clean)
WORDS = PROSE.map(lambda text: text.raw)
ONE_LINE = LINE.map(lambda text: text.raw)
PEOPLE = st.sampled_from(["U0ANA", "U0BO", "W0CHEN", "warroom", "api:deploy-bot"]).map(PersonId)
NUMBERS = st.integers(1, 999_999_999)
MOMENTS = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda off: NOW + off)
MAYBE = st.none() | MOMENTS
ISO = MOMENTS.map(datetime.isoformat)
MAYBE_ISO = st.none() | ISO
KEYS = NUMBERS.map("INC-{}".format)
ROOMS = st.sampled_from(["", "C0001000001"])
SERVICES = st.lists(st.text("abcdefgh-", min_size=1, max_size=80), max_size=60)


def _incident(number: int, title: Any, **rest: Any) -> Incident:
    because, services = rest.pop("because"), rest.pop("services")
    return Incident(
        number=IncidentNumber(number),
        title=title,
        services=tuple(services),
        source="slack",
        declared_by=PersonId("U0ANA"),
        declared_at=NOW,
        started_at=NOW,
        detected_at=NOW,
        detected_by="slack",
        room_name=room_name(IncidentNumber(number), title.raw),
        version=1,
        facts={"severity_because": because} if because else {},
        **rest,
    )


INCIDENTS = st.builds(
    _incident,
    NUMBERS,
    LINE,
    severity=st.sampled_from(Severity),
    status=st.sampled_from(Status),
    services=SERVICES,
    impact=PROSE,
    fix=PROSE,
    because=WORDS,
    bridge=st.sampled_from(["", "https://meet.example/x"]) | TALL.map("https://x/{}".format),
    room=st.sampled_from([None, "C0001000001"]),
    next_update_at=MAYBE,
    resolved_at=MAYBE,
    is_drill=st.booleans(),
)
ASSIGNMENTS = st.builds(
    Assignment,
    id=st.just("a"),
    incident=st.just(IncidentNumber(1)),
    role=st.sampled_from(Role).map(str),
    person=PEOPLE,
    state=st.sampled_from(["offered", "held"]),
    offered_at=MOMENTS,
    held_at=MAYBE,
    ended_at=st.none(),
    because=WORDS,
    facts=st.just({}),
)
FAILED = st.builds(
    Listed,
    id=st.just("e"),
    key=st.just("k"),
    kind=st.sampled_from(EffectKind),
    args=st.just({}),
    incident=st.just(IncidentNumber(1)),
    state=st.just("dead"),
    attempts=st.just(9),
    created_at=MOMENTS,
    not_before=MOMENTS,
    error=WORDS,
)
ITEMS = st.builds(
    ActionItem,
    number=NUMBERS.map(ActionNumber),
    incident=st.just(IncidentNumber(1)),
    title=LINE,
    owner=PEOPLE,
    created_at=MOMENTS,
    created_by=PEOPLE,
    due_at=MAYBE,
    state=st.sampled_from(ItemState),
)
BUDGETS = st.builds(
    Budget,
    slo=st.text("abc-", min_size=1, max_size=150).map("s/{}".format).map(SLOName),
    title=ONE_LINE,
    service=st.just("checkout"),
    target=st.just(Fraction(999, 1000)),
    window=st.just(timedelta(days=30)),
    counts=st.just(Counts(1, 1)),
    sli=st.none(),
    remaining=st.floats(-1e9, 1),
    consumed=st.floats(0, 1e9),
    burns=st.just(()),
    loudness=st.sampled_from(Loudness),
    because=WORDS,
    runs_out_in=st.none(),
    back_in=st.none(),
    latest=st.none(),
    is_frozen=st.booleans(),
    incident=st.none(),
)
UPDATES = st.builds(
    Update,
    id=st.just("u"),
    incident=st.just(IncidentNumber(1)),
    audience=st.just("responders"),
    text=PROSE,
    sent_at=MOMENTS,
    sent_by=PEOPLE,
    promised_at=MAYBE,
    was_due_at=MAYBE,
)
CARDS = st.builds(
    Card,
    incident=INCIDENTS,
    now=st.just(NOW),
    roles=st.lists(ASSIGNMENTS, max_size=8).map(tuple),
    failed=st.lists(FAILED, max_size=12).map(tuple),
    actions=st.lists(ITEMS, max_size=12).map(tuple),
    budgets=st.lists(BUDGETS, max_size=8).map(tuple),
    latest=st.none() | UPDATES,
    console=st.sampled_from(["", "https://warroom.example/incidents/INC-1"]),
)
"""Incidents as their card, topic and announcement show them."""

_ALERTS = st.lists(
    st.fixed_dictionaries(
        {"name": ONE_LINE, "summary": ONE_LINE, "url": TALL.map("https://x.example/{}".format)}
    ),
    min_size=1,
    max_size=10,
)
_MORE_ALERTS = st.integers(0, 100_000)
_ROLES = st.sampled_from(Role).map(str)
_QUESTION = {
    "text": WORDS,
    "help": WORDS,
    "verify": WORDS,
    "commands": st.lists(WORDS, max_size=12),
    "because": WORDS,
    "suggested": st.just("a0"),
    "risk": st.sampled_from(["low", "high"]),
    "needs_role": st.sampled_from(["", "commander"]),
    "runbook": ONE_LINE,
    "answers": st.lists(ONE_LINE, min_size=1, max_size=10).map(
        lambda labels: [{"name": f"a{at}", "label": one} for at, one in enumerate(labels)]
    ),
}
_OUTCOME = {
    "title": WORDS,
    "then": st.lists(WORDS, max_size=12),
    "status": st.sampled_from(["", "monitoring"]),
    "pages": st.sampled_from(["", "service_owner", "team_lead"]),
    "service": st.text("abc-", max_size=80),
    "raises_severity": st.booleans(),
}
_SO_FAR = st.lists(
    st.fixed_dictionaries({"question": WORDS, "answer": ONE_LINE, "because": WORDS}), max_size=6
)
_STEP = {
    "key": KEYS,
    "walk": st.uuids().map(str),
    "step": st.integers(0, 999),
    "tree": st.text("abc-", min_size=1, max_size=80),
    "title": ONE_LINE,
    "so_far": _SO_FAR,
}

_ABOUT = {"key": KEYS, "number": NUMBERS, "person": PEOPLE, "because": WORDS}
_ASKED = {
    **_ABOUT,
    "role": _ROLES,
    "title": ONE_LINE,
    "severity": st.sampled_from(Severity).map(str),
    "until": st.sampled_from(["", "10:05 UTC"]),
    "room": ROOMS,
    "by": PEOPLE,
}
_HANDED_OVER = st.fixed_dictionaries({
    **_ASKED, "hands_over": PEOPLE,
    "brief": st.fixed_dictionaries({
        "known": st.fixed_dictionaries({
            "severity": st.sampled_from(Severity).map(str),
            "status": st.sampled_from(Status).map(str), "since": ISO, "services": SERVICES,
            "impact": WORDS,
            "update": st.none() | st.fixed_dictionaries({"at": ISO, "text": WORDS}),
            "notes": st.lists(st.fixed_dictionaries({"at": ISO, "text": WORDS}), max_size=9)}),
        "open": st.fixed_dictionaries({
            "actions": st.lists(
                st.fixed_dictionaries({
                    "number": NUMBERS, "title": ONE_LINE, "owner": PEOPLE, "due_at": MAYBE_ISO}),
                max_size=60),
            "failed": st.lists(WORDS, max_size=20)}),
        "promised": st.fixed_dictionaries({"at": MAYBE_ISO, "is_late": st.booleans()}),
        "holds": st.lists(
            st.fixed_dictionaries({
                "role": _ROLES, "person": st.none() | PEOPLE, "asked": st.none() | PEOPLE}),
            max_size=4),
        "triage": st.none() | st.fixed_dictionaries(
            {"tree": ONE_LINE, "outcome": ONE_LINE, "question": WORDS})}),
})  # fmt: skip
_TOGETHER = st.fixed_dictionaries({
    "key": KEYS, "whole": KEYS, "part": KEYS, "child": KEYS, "other": KEYS, "by": PEOPLE,
    "title": ONE_LINE, "room": ROOMS, "because": WORDS,
    "service": st.text("abc-", max_size=80),
})  # fmt: skip
_TEAM = st.fixed_dictionaries({
    **_ABOUT, "title": ONE_LINE, "severity": st.sampled_from(Severity).map(str), "room": ROOMS,
    "team": st.text("abc-", min_size=1, max_size=80),
    "state": st.sampled_from(["leads", "passed", "expired", "gone"]),
})  # fmt: skip
_STANDS_IN = {
    "trade": st.uuids().map(str), "rotation": st.text("abc-", min_size=1, max_size=80),
    "person": PEOPLE, "by": PEOPLE, "start": ONE_LINE, "end": ONE_LINE, "because": ONE_LINE,
}  # fmt: skip
_SWAP = {
    **_STANDS_IN, "asker": PEOPLE, "asked": PEOPLE, "other": PEOPLE,
    "parts": st.lists(
        st.fixed_dictionaries({"person": PEOPLE, "start": ONE_LINE, "end": ONE_LINE}),
        min_size=1, max_size=60),
}  # fmt: skip
_WAIVER = st.fixed_dictionaries({
    "id": st.uuids().map(str), "service": st.text("abc-", min_size=1, max_size=80),
    "change": ONE_LINE, "because": ONE_LINE, "asked_by": PEOPLE, "by": PEOPLE,
    "approved_by": PEOPLE, "until": st.just("2026-11-18T14:00:00+00:00"),
    "lapses": st.just("2026-11-18T09:30:00+00:00"), "state": st.sampled_from(sorted(State)),
})  # fmt: skip
SAID: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "action_item": st.fixed_dictionaries({
        "kind": st.sampled_from(["new", "before", "due", "overdue", "snoozed", "escalation"]),
        "number": NUMBERS, "incident": KEYS, "title": ONE_LINE, "owner": PEOPLE,
        "due": ONE_LINE, "standing": st.just("2 days overdue"), "late": st.sampled_from(["", "x"]),
    }),
    "alert_fired": st.fixed_dictionaries(
        {"alerts": _ALERTS, "more": _MORE_ALERTS, "because": WORDS}),
    "alert_resolved": st.fixed_dictionaries(
        {"alerts": _ALERTS, "more": _MORE_ALERTS, "key": KEYS, "firing": st.integers(0, 9999)}),
    "archive_soon": st.fixed_dictionaries({
        "key": KEYS, "at": ISO, "state": st.sampled_from(["soon", "kept"]), "by": PEOPLE}),
    "commander_asked": st.fixed_dictionaries(_ASKED),
    "commander_asked_directly": st.fixed_dictionaries(_ASKED),
    "commander_left": st.fixed_dictionaries(_ABOUT),
    "commander_question_closed": st.fixed_dictionaries(
        {**_ABOUT, "state": st.sampled_from(["accepted", "passed", "expired", "ended"])}),
    "glass_broken": st.fixed_dictionaries({**_ABOUT, "until": ISO}),
    "declared_here": st.fixed_dictionaries({"key": KEYS, "room": st.just("C0001000001")}),
    "hand_over_asked": _HANDED_OVER,
    "hand_over_asked_directly": _HANDED_OVER,
    "hand_over_refused": st.fixed_dictionaries(
        {**_ABOUT, "state": st.sampled_from(["passed", "expired"])}),
    "key_times": st.fixed_dictionaries({
        "key": KEYS, "status": st.sampled_from(Status).map(str),
        "times": st.tuples(*(
            st.fixed_dictionaries({
                "time": st.just(one.value), "at": st.none() | ISO, "by": PEOPLE,
                "because": st.sampled_from(["", "as it was declared"])})
            for one in KeyTime)).map(list),
        "wrong": st.lists(WORDS, max_size=5),
        "lengths": st.lists(
            st.tuples(st.just("Time to detect"), st.none() | st.floats(0, 1e7)), max_size=4)}),
    "merged_away": _TOGETHER,
    "took_in": _TOGETHER,
    "split_off": _TOGETHER,
    "on_its_own_again": _TOGETHER,
    "offer_to_join": _TOGETHER,
    "role_asked": st.fixed_dictionaries(
        {**_ASKED, "until": ISO, "others": st.lists(WORDS, max_size=12)}),
    "role_question_closed": st.fixed_dictionaries({
        **_ABOUT, "role": _ROLES,
        "state": st.sampled_from(["accepted", "passed", "expired", "ended"])}),
    "role_unfilled": st.fixed_dictionaries({**_ABOUT, "role": _ROLES}),
    "security_told": st.fixed_dictionaries({
        "key": KEYS, "by": PEOPLE, "severity": st.sampled_from(Severity).map(str)}),
    "team_asked": _TEAM,
    "team_asked_directly": _TEAM,
    "team_nobody": _TEAM,
    "team_question_closed": _TEAM,
    "kept_private": st.fixed_dictionaries({"key": KEYS}),
    "moved_away": st.just({}) | st.just({"stays": True}),
    "said_before": st.fixed_dictionaries({
        "key": KEYS, "began": ISO, "since": NUMBERS, "all": NUMBERS,
        "taken": st.just("") | PEOPLE, "taking": st.just("") | PEOPLE,
        "has_start": st.booleans()}),
    "nobody_to_command": st.fixed_dictionaries(_ABOUT),
    "no_room": st.fixed_dictionaries({"key": KEYS, "title": ONE_LINE, "because": WORDS}),
    "not_invited": st.fixed_dictionaries(
        {"failed": st.dictionaries(PEOPLE, WORDS, min_size=1)}),
    "noted_elsewhere": st.fixed_dictionaries(
        {"by": PEOPLE, "source": st.sampled_from(["cli", "api", "x"]), "text": WORDS}),
    "suspects": st.fixed_dictionaries({
        "suspects": st.lists(st.fixed_dictionaries({
            "title": ONE_LINE, "url": st.sampled_from(["", "https://ci.example.com/7"]),
            "made_by": ONE_LINE, "at": st.just("2026-11-18T08:50:00+00:00"),
            "because": st.lists(ONE_LINE, min_size=1, max_size=5)}), min_size=1, max_size=3),
        "more": st.integers(0, 200)}),
    "waiver_asked": _WAIVER,
    "waiver_told": _WAIVER,
    "oncall_called_off": st.fixed_dictionaries(_STANDS_IN),
    "oncall_put": st.fixed_dictionaries(_STANDS_IN),
    "oncall_relieved": st.fixed_dictionaries(_STANDS_IN),
    "oncall_swap_agreed": st.fixed_dictionaries(_SWAP),
    "oncall_swap_planned": st.fixed_dictionaries(_SWAP),
    "oncall_swap_asked": st.fixed_dictionaries(_SWAP),
    "oncall_swap_declined": st.fixed_dictionaries(_SWAP),
    "ops_told": st.fixed_dictionaries({"headline": ONE_LINE, "words": st.lists(WORDS, max_size=9)}),
    "nudge": st.fixed_dictionaries({
        "key": KEYS, "name": st.just("nudge/calm/1794992400000000"), "say": WORDS, "to": PEOPLE,
        "code": st.sampled_from(["no_commander", "calm", "unfiled"]), "by": PEOPLE,
        "state": st.sampled_from(["open", "over", "dismissed"])}),
    "paged": st.fixed_dictionaries({
        "key": KEYS, "title": ONE_LINE, "room": ROOMS, "by": PEOPLE, "because": WORDS,
        "page": st.uuids().map(str), "state": st.sampled_from(["open", "acknowledged", "resolved"]),
    }),
    "escalated": st.fixed_dictionaries({
        "key": KEYS, "people": st.lists(PEOPLE, min_size=1, max_size=20),
        "hop": st.integers(1, 9), "of": st.integers(1, 9), "because": WORDS,
    }),
    "vendor_late": st.fixed_dictionaries({
        "key": KEYS, "vendor": ONE_LINE, "name": st.just("northpay"),
        "desks": st.lists(ONE_LINE, max_size=12), "team": st.sampled_from(["", "payments"]),
        "agreement": st.sampled_from(["", "https://contracts.example.com/1"]),
    }),
    "resolved": st.fixed_dictionaries({"key": KEYS, "owner": PEOPLE}),
    "role_instructions": st.fixed_dictionaries(_ASKED),
    "room_hidden": st.fixed_dictionaries({"key": KEYS}),
    "slo_alert": st.fixed_dictionaries({"slo": ONE_LINE, "because": WORDS}),
    "subscribed_news": st.fixed_dictionaries({
        "key": KEYS, "title": ONE_LINE, "severity": st.sampled_from(Severity).map(str),
        "status": st.sampled_from(Status).map(str), "room": ROOMS,
        "detail": st.sampled_from(["all", "major", "resolved"]),
        "kind": st.just("update_sent"),
        "body": st.fixed_dictionaries({"audience": st.just("responders"), "text": WORDS}),
    }),
    "tree_step": st.fixed_dictionaries({**_STEP, "question": st.fixed_dictionaries(_QUESTION)})
    | st.fixed_dictionaries({**_STEP, "outcome": st.fixed_dictionaries(_OUTCOME)}),
    "undone": st.fixed_dictionaries({
        "key": KEYS, "by": PEOPLE, "of": NUMBERS, "what": WORDS}),
    "update": st.fixed_dictionaries({
        "key": KEYS, "audience": st.sampled_from(["responders", "executives", "customers"]),
        "text": WORDS, "by": PEOPLE, "next_at": st.just("") | ISO,
    }),
    "update_nudge": st.fixed_dictionaries({
        "key": KEYS, "promised_at": ISO, "asked": st.lists(PEOPLE, max_size=60),
        "state": st.sampled_from(["open", "answered", "snoozed"]), "by": PEOPLE, "until": ISO,
        "is_too_late": st.booleans(),
    }),
    "you_left": st.fixed_dictionaries(_ABOUT),
}  # fmt: skip
"""What messages are written from, by the name of their words."""
