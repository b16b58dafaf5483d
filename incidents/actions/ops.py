"""What whoever runs the bot has to know: said in their channel, and by e-mail if one is set.

One subject is told once. What follows from telling it (the channel is gone too) is not told again,
or a fault would talk about itself for ever.
"""

import hashlib

from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.effects import STEP_NAMES
from incidents.store import incidents
from incidents.store.outbox import Claimed

_OURS = "ops"  # the lane of everything that is told here
_RETRY = "warroom effects retry"


def tell_ops(work: Work, name: str, headline: str, *words: str) -> None:
    """Tell them ``headline`` and the lines of ``words``; ``name`` is the subject, told once."""
    settings = work.desk.catalog.settings
    subject = name if len(name) <= effects.LONGEST_SUBJECT else _short(name)
    facts = {"headline": headline, "words": list(words)}
    work.send(effects.tell_ops(subject, settings.ops, facts))
    _mail(work, subject, headline, words)


def tell_of_dead(work: Work, effect: Claimed, because: str) -> None:
    """An effect will never be carried like this: which, why, and how to try again.

    They read of each one in their channel; of many at once, the first of an hour comes by e-mail.
    """
    if effect.lane == _OURS or effect.key.startswith(f"{_OURS}/"):
        return
    headline = f"{STEP_NAMES[effect.kind].capitalize()} failed for good"
    words: tuple[str, ...] = ("It is about a private incident, so this says no more.",)
    if not _is_private(work, effect):
        words = (
            f"{effect.key}: {because}",
            f"Once the cause is gone: {_RETRY} {effect.key}",
        )
    words = (*words, "All of them: warroom effects list --state dead")
    facts = {"headline": headline, "words": list(words)}
    subject = f"dead/{_short(effect.key)}/{effect.attempts}"
    work.send(effects.tell_ops(subject, work.desk.catalog.settings.ops, facts))
    _mail(work, f"dead/{work.now:%Y%m%dT%H}", headline, words)


def _is_private(work: Work, effect: Claimed) -> bool:
    """Whether it is about an incident that who reads this may not know of."""
    found = incidents.get(work.connection, effect.about) if effect.about is not None else None
    return found is not None and found.is_private


def _mail(work: Work, subject: str, headline: str, words: tuple[str, ...]) -> None:
    address = work.desk.fallback.ops_email
    if not address or "email" not in work.desk.fallback.media:
        return
    args = {
        "person": "ops",
        "name": "operations",
        "to": address,
        "phone": "",
        "subject": f"[warroom] {headline}",
        "text": "\n".join((f"{headline}.", "", *words)) + "\n",
        "purpose": "ops",
        "because": "they run warroom",
    }
    work.send(effects.notify_ops(subject, args))


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:24]
