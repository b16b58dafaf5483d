"""Which decision trees fit an incident, best first, and why."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from incidents.model.triage import Tree

# An alert's name says most, because somebody chose it for one symptom; a tag says least,
# because many incidents of a service share it: one word outweighs five tags.
_ALERT, _SERVICE, _WORD, _TAG = 16, 8, 6, 1


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of an incident when a tree is looked for."""

    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    title: str = ""
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A tree that fits. A higher ``score`` fits better; ``because`` names every sign of it."""

    tree: Tree
    score: int
    because: str


def match(trees: Iterable[Tree], signs: Signs) -> tuple[Match, ...]:
    """The trees that fit at all, best first; equals in the order of their ids."""
    fitting = (_weigh(tree, signs) for tree in trees)
    return tuple(
        sorted(
            (found for found in fitting if found.score),
            key=lambda found: (-found.score, found.tree.id),
        )
    )


def _weigh(tree: Tree, signs: Signs) -> Match:
    rule = tree.applies_to
    alerts = [name for name in signs.alerts if any(re.fullmatch(a, name) for a in rule.alerts)]
    services = [
        name for name in signs.services if any(fnmatchcase(name, wild) for wild in rule.services)
    ]
    words = [word for word in rule.words if _says(signs.title, word)]
    tags = [tag for tag in rule.tags if tag in signs.tags]
    score = _ALERT * len(alerts) + _SERVICE * len(services) + _WORD * len(words) + _TAG * len(tags)
    said = [
        *(f"the alert {name}" for name in alerts),
        *(f"the service {name}" for name in services),
        *(f"“{word}” in the title" for word in words),
        *(f"the tag {tag}" for tag in tags),
    ]
    return Match(tree, score, ", ".join(said))


def _says(title: str, word: str) -> bool:
    """Whether the title has the word or phrase, whole, in any case: ``5xx`` is not in ``15xx``."""
    pattern = rf"(?<![a-z0-9]){re.escape(word.lower())}(?![a-z0-9])"
    return re.search(pattern, title.lower()) is not None
