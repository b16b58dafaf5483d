"""Looks at a URL for a decision tree.

A check that fails is a finding too: then a person is asked.
"""

from datetime import timedelta
from typing import Any

from bot.outgoing import Outgoing, TooSlow
from incidents.actions.deliver import Ambiguous, Dead, NotSent
from incidents.model.effects import EffectKind, Receipt
from incidents.model.triage_facts import Finding, Unknown
from incidents.queries.findings import to_json
from incidents.store.outbox import Claimed


class CheckCourier:
    """Probes over HTTP. Asking twice does no harm, so there is nothing to look for first."""

    kinds = frozenset({EffectKind.CHECK})

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

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
        try:
            answer = self._outgoing.look(url, seconds=float(probe["seconds"]))
        except TooSlow:
            return Finding(Unknown(f"{url} did not answer in {probe['seconds']:g} s"))
        except (NotSent, Ambiguous, Dead) as error:
            return Finding(Unknown(f"{url} could not be asked: {error}"))
        if probe["reads"] == "http.latency":
            return Finding(timedelta(seconds=answer.seconds), url)
        return Finding(float(answer.status), url)
