"""Do two titles speak of the same thing?

People who see the same outage use the same few words for it, in another order and with others
around them. Words that everybody uses of every outage say nothing.
"""

import re

_KEYS = re.compile(r"\binc-\d+\b")  # what another incident is called says nothing either
_WORDS = re.compile(r"[^\W_]+")
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been by customers does down error errors fail failing fails for "
        "from get getting gets has have in is issue issues it its many not of off on or our "
        "outage problem returns returning slow some still than that the their there they this "
        "to too unavailable up users we with broken ",
    )
)
_AT_LEAST = 2  # words in common
_SHARE = 0.6  # of the words of the shorter title


def are_alike(one: str, other: str) -> bool:
    """Whether most of what the shorter title says is in the other one, too."""
    mine, theirs = _telling(one), _telling(other)
    shared = mine & theirs
    if mine == theirs:
        return bool(mine)
    return len(shared) >= _AT_LEAST and len(shared) >= _SHARE * min(len(mine), len(theirs))


def _telling(title: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(_KEYS.sub(" ", title.lower()))) - _EMPTY
