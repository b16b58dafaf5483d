"""Looks at a URL for a decision tree.

A check that fails is a finding too: then a person is asked.
"""

from datetime import timedelta
from typing import Any

import httpx

from bot.clock import Clock, monotonic
from incidents.actions.deliver import Dead
from incidents.model.effects import EffectKind, Receipt
from incidents.model.triage_facts import Finding, Unknown
from incidents.queries.findings import to_json
from incidents.store.outbox import Claimed


class CheckCourier:
    """Probes over HTTP. Asking twice does no harm, so there is nothing to look for first."""

    kinds = frozenset({EffectKind.CHECK})

    def __init__(self, clock: Clock, *, transport: httpx.BaseTransport | None = None) -> None:
        self._clock = clock
        self._transport = transport

    def probe(self, effect: Claimed) -> Receipt | None:
        """Nothing is left behind by a look."""
        del effect
        return None

    def carry(self, effect: Claimed) -> Receipt:
        """Run every probe of one question."""
        probes = effect.args.get("probes")
        if not isinstance(probes, list):
            raise Dead("the check names no probes")
        found = {one["fact"]: to_json(self._look(one)) for one in probes}
        return Receipt({"found": found})

    def _look(self, probe: dict[str, Any]) -> Finding:
        url = str(probe["url"])
        if not url.startswith(("http://", "https://")):
            return Finding(Unknown("there is no address to probe"))
        begun = monotonic()
        try:
            with (
                httpx.Client(timeout=float(probe["seconds"]), transport=self._transport) as client,
                client.stream("GET", url, headers={"User-Agent": "warroom"}) as response,
            ):
                status = response.status_code
        except httpx.TimeoutException:
            return Finding(Unknown(f"{url} did not answer in {probe['seconds']:g} s"))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Finding(Unknown(f"{url} could not be reached ({type(error).__name__})"))
        took = timedelta(seconds=monotonic() - begun)
        if probe["reads"] == "http.latency":
            return Finding(took, url)
        return Finding(float(status), url)
