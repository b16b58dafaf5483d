"""Whose an SLO is, where its service stands in its life, and what guards its pages: annotations."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from incidents.catalog.openslo_refs import Fault, Place
from incidents.catalog.openslo_v1 import SLODocument
from incidents.model.budget_policy import NAMED_BY
from incidents.model.contrast import REAL, SIDE, SYNTHETIC
from incidents.model.objective import OWNER, Objective

STAGE, TARGET_IN = "warroom.dev/stage", "warroom.dev/target."
REGION = "warroom.dev/region"
WEIGHTING, SEASONS = "warroom.dev/traffic-weighting", "warroom.dev/seasonal-guard"

STAGES = ("beta", "ga", "eol")
SETTINGS = (
    STAGE,
    *(f"{TARGET_IN}{stage}" for stage in STAGES),
    OWNER,
    REGION,
    NAMED_BY,
    WEIGHTING,
    SEASONS,
    SIDE,
)

_WORD = re.compile(r"[a-z0-9]([a-z0-9._-]{0,78}[a-z0-9])?")
_SHARE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,9})?")


def wrong(slo: SLODocument, key: str, value: str, at: Place) -> Iterator[Fault]:
    """What one of ``SETTINGS`` says that cannot be."""
    if key.startswith(TARGET_IN):
        yield from _target(slo, value, at)
        return
    is_right, what, expected = _RIGHT[key]
    if not is_right(value):
        yield at, f"“{value[:40]}” {what}", expected
    elif key in {WEIGHTING, SEASONS} and slo.spec.budgetingMethod != "Occurrences":
        yield at, f"{key} belongs to Occurrences: slices have no traffic", ""


def _target(slo: SLODocument, value: str, at: Place) -> Iterator[Fault]:
    if not _SHARE.fullmatch(value) or not 0 < Fraction(value) < 100:  # noqa: PLR2004 (percent)
        yield at, f"“{value[:40]}” is not a target in percent", "one like 99.5"
    elif len(slo.spec.objectives) > 1:
        yield at, "there are several objectives, and this is a target for one", ""
    elif STAGE not in slo.metadata.annotations:
        yield at, "no stage is named, so this target holds for nothing", f"{STAGE} beside it"


def lived(made: Objective, notes: Mapping[str, str]) -> Objective:
    """The objective as it is promised at its stage, with the guards that its owner wants."""
    stage = notes.get(STAGE, "")
    target = notes.get(f"{TARGET_IN}{stage}", "")
    return replace(
        made,
        stage=stage,
        target=Fraction(target) / 100 if target else made.target,
        weighs_traffic=notes.get(WEIGHTING) == "on",
        knows_seasons=notes.get(SEASONS) == "on",
    )


def _is_switch(value: str) -> bool:
    return value in {"on", "off"}


def _is_word(value: str) -> bool:
    return bool(_WORD.fullmatch(value))


def _is_stage(value: str) -> bool:
    return value in STAGES


def _is_side(value: str) -> bool:
    return value in {SYNTHETIC, REAL}


def _is_owner(value: str) -> bool:
    return bool(_WORD.fullmatch(value.removeprefix("@")))


_RIGHT: dict[str, tuple[Callable[[str], bool], str, str]] = {
    STAGE: (_is_stage, "is not a stage of a service's life", "beta, ga or eol"),
    OWNER: (_is_owner, "is not the name of a team or a person", "one like storefront or @ana"),
    REGION: (_is_word, "is not the name of a region", "one like eu-west-1"),
    NAMED_BY: (_is_word, "is not the name of a policy", "one of budget_policies in warroom.yaml"),
    SIDE: (_is_side, "is not how an SLI is measured", f"{SYNTHETIC} or {REAL}"),
    WEIGHTING: (_is_switch, "is neither on nor off", "on or off"),
    SEASONS: (_is_switch, "is neither on nor off", "on or off"),
}
