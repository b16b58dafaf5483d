"""Rings at pagers outside: PagerDuty, GoAlert, and a webhook of one's own.

Each of them is told our own name for the page with everything we say about it, so whatever is sent
twice rings once; that is why what is ambiguous is simply sent again.

PagerDuty: Events API v2, ``POST /v2/enqueue`` with ``routing_key``, ``event_action`` and
``dedup_key``. GoAlert: the generic API, ``POST /api/v2/generic/incoming?token=…``, which knows
``close`` and no acknowledging, so an acknowledged page is closed there. A webhook: signed as
https://www.standardwebhooks.com says, ``page.trigger``, ``page.acknowledge``, ``page.resolve``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.clock import Clock
from bot.couriers.fallback import Webhook, judge, signed
from bot.outgoing import Answer, Outgoing
from incidents.actions.deliver import Dead
from incidents.model import ids
from incidents.model.effects import EffectKind, Receipt
from incidents.model.paging import WayKind
from incidents.store.engine import transactions_open
from incidents.store.outbox import Claimed

PAGERDUTY = "https://events.pagerduty.com"
_SECONDS = 8.0
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Pagers:
    """What is set. Keys are by the name that ``paging:`` in the configuration calls them."""

    pagerduty_url: str = PAGERDUTY
    pagerduty_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    goalert_url: str = ""
    goalert_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    webhook: Webhook | None = None


def read_keys(setting: str, written: str) -> dict[str, str]:
    """``payments=KEY platform=KEY``, with spaces or line ends between them. Raises ValueError."""
    found: dict[str, str] = {}
    for part in written.split():
        name, equals, key = part.partition("=")
        if not (name and equals and key):
            raise ValueError(f"{setting}: expected NAME=KEY, one after the other")
        found[name] = key
    return found


class PagerCourier:
    """Triggers, acknowledges and resolves."""

    kinds = frozenset({EffectKind.PAGE})

    def __init__(self, outgoing: Outgoing, clock: Clock, pagers: Pagers) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._pagers = pagers
        self._ways: Mapping[str, Callable[[Claimed], Receipt]] = {
            WayKind.PAGERDUTY: self._pagerduty,
            WayKind.GOALERT: self._goalert,
            WayKind.WEBHOOK: self._webhook,
        }

    def probe(self, effect: Claimed) -> Receipt | None:
        """Nobody is asked: the same name rings once, however often it is sent."""
        del effect
        return None

    def carry(self, effect: Claimed) -> Receipt:
        """Tell the pager. Raises what every courier raises."""
        if transactions_open():
            raise RuntimeError("No network inside a transaction.")
        return self._ways[effect.args["way"]](effect)

    def _pagerduty(self, effect: Claimed) -> Receipt:
        args = effect.args
        key = _key(self._pagers.pagerduty_keys, args["target"], "WARROOM_PAGERDUTY_KEYS")
        said: dict[str, Any] = {
            "routing_key": key,
            "event_action": args["action"],
            "dedup_key": args["dedup"],
        }
        if args["action"] == "trigger":
            said |= {"payload": _payload(effect), "client": "warroom"}
            if args["link"]:
                said |= {
                    "client_url": args["link"],
                    "links": [{"href": args["link"], "text": "The record"}],
                }
        url = f"{self._pagers.pagerduty_url.rstrip('/')}/v2/enqueue"
        return Receipt({"status": self._post(url, said, _JSON).status})

    def _goalert(self, effect: Claimed) -> Receipt:
        args = effect.args
        if not self._pagers.goalert_url:
            raise Dead("no GoAlert is set: WARROOM_GOALERT_URL")
        token = _key(self._pagers.goalert_keys, args["target"], "WARROOM_GOALERT_KEYS")
        said: dict[str, Any] = {"dedup": args["dedup"], "summary": "warroom"}
        if args["action"] == "trigger":
            said |= {"summary": args["summary"], "details": _details(args)}
        else:
            said["action"] = "close"
        base = self._pagers.goalert_url.rstrip("/")
        url = f"{base}/api/v2/generic/incoming?{urlencode({'token': token})}"
        answer = self._post(url, said, {**_JSON, "accept": "application/json"})
        name = _alert_id(answer)
        return Receipt({"status": answer.status} | ({"outside": name} if name else {}))

    def _webhook(self, effect: Claimed) -> Receipt:
        args = effect.args
        if self._pagers.webhook is None:
            raise Dead("no webhook is set: WARROOM_PAGER_WEBHOOK_URL")
        data = {
            "page": args["dedup"],
            "incident": ids.key(effect.incident) if effect.incident else None,
        }
        if args["action"] == "trigger":
            person = {name: args[name] for name in ("name", "email", "phone")}
            told = ("summary", "because", "services", "severity", "link")
            data |= {"person": {"id": args["person"], **person}}
            data |= {name: args[name] for name in told}
        moment = effect.created_at.isoformat()
        said = {"type": f"page.{args['action']}", "timestamp": moment, "data": data}
        body = json.dumps(said, ensure_ascii=False).encode()
        stamp = str(int(self._clock().timestamp()))
        headers = signed(self._pagers.webhook, effect.key, stamp, body)
        return Receipt({"status": self._send(self._pagers.webhook.url, body, headers).status})

    def _post(self, url: str, said: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        return self._send(url, json.dumps(said, ensure_ascii=False).encode(), headers)

    def _send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = self._outgoing.post(url, body, headers=headers, seconds=_SECONDS)
        judge(answer, "the pager")
        return answer


def _key(keys: Mapping[str, str], name: str, setting: str) -> str:
    if name not in keys:
        raise Dead(f"there is no key called {name} in {setting}")
    return keys[name]


def _payload(effect: Claimed) -> dict[str, Any]:
    """The common event format, as the Events API calls it."""
    args = effect.args
    payload = {
        "summary": args["summary"],
        "source": "warroom",
        "severity": args["urgency"],
        "timestamp": args["at"],
        "custom_details": {"who": args["name"], "because": args["because"]},
    }
    return payload | ({"component": args["services"]} if args["services"] else {})


def _details(args: Mapping[str, str]) -> str:
    lines = (f"For {args['name']}", args["because"], args["services"], args["link"])
    return "\n\n".join(line for line in lines if line)


def _alert_id(answer: Answer) -> str:
    """GoAlert's own number of the alert; older ones say nothing."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return ""
    number = found.get("_id") if isinstance(found, dict) else None
    return str(number) if isinstance(number, int) else ""
