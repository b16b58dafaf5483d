"""The exported postmortem: exact, the same every time, and inert whatever people typed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from ruamel.yaml import YAML

from incidents.model.followups import ActionItem
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.people import Person
from incidents.model.postmortem import SECTIONS, Held, Postmortem, Spent, Told
from incidents.model.severity import Severity
from incidents.model.text import UserText, clean, clean_line
from incidents.model.timeline import Entry, Kind
from incidents.render.postmortem import content_hash, filename, hash_in, markdown, merged

GOLDEN = Path(__file__).parent / "postmortem.golden.md"
START = datetime(2026, 11, 18, 13, 41, tzinfo=UTC)
NUMBER = IncidentNumber(214)
ANA, BO = PersonId("U0ANA"), PersonId("U0BO")

NASTY = (
    *("|", "\\", "`", "```", "<b>", "-->", "<!--", "](x)", "![", "&amp;", "*", "_", "\n", "~~"),
    *("#", "---", "===", "1.", "- ", "> ", "http://x.y", "@ana", ";", ":", "%%", "\u2028", "\t"),
    *("a", " ", "www.x.y", "warroom:end summary", "</details>", '"', "{{ title }}", "$$", "[a]:"),
)
hostile = st.one_of(
    st.text(min_size=1, max_size=80),
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=12).map("".join),
)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def entry(seq: int, kind: Kind, body: dict[str, Any], minute: int, by: PersonId = ANA) -> Entry:
    moment = at(minute)
    source = "clock" if by == "warroom" else "slack"
    return Entry(
        NUMBER, seq, f"id-{seq}", moment, moment, by, source, kind, body,
        None, None, "0" * 64, f"{seq:064x}",
    )  # fmt: skip


def example(words: str = "Checkout 5xx", **sections: str) -> Postmortem:
    """An incident in which everything that people can type is ``words``."""
    line = clean_line(words)
    raw = line.raw or "x"
    return Postmortem(
        incident=Incident(
            number=NUMBER,
            title=UserText(raw),
            severity=Severity.SEV2,
            status=Status.RESOLVED,
            services=("checkout", "payments"),
            source="slo",
            declared_by=PersonId("warroom"),
            declared_at=at(3),
            started_at=START,
            detected_at=at(3),
            detected_by="slo_burn",
            room_name="inc-214-checkout-5xx",
            version=9,
            acknowledged_at=at(5),
            mitigated_at=at(31),
            resolved_at=at(58),
            impact=UserText(raw),
            fix=UserText(raw),
        ),
        state="draft",
        owner=ANA,
        people={"U0ANA": Person(ANA, "ana", raw), "U0BO": Person(BO, "bo", "Bo")},
        entries=(
            entry(1, Kind.DECLARED, {"title": raw, "severity": "sev2", "because": raw}, 3, ANA),
            entry(2, Kind.TAKEN, {"role": "commander", "person": ANA}, 5),
            entry(3, Kind.SEVERITY, {"from": "sev2", "to": "sev1", "because": raw}, 8),
            entry(4, Kind.TREE_STARTED, {"title": raw, "tree": "http-5xx@1.0.0"}, 9),
            entry(
                5,
                Kind.TREE_ANSWERED,
                {"tree": "http-5xx", "question": raw, "answer": raw, "because": ""},
                10,
            ),
            entry(6, Kind.TREE_ENDED, {"title": raw, "tree": "http-5xx", "outcome": raw}, 12),
            entry(
                7,
                Kind.CHANGE,
                {"service": "checkout", "title": raw, "url": f"https://ci/{raw}", "made_by": raw},
                4,
            ),
            entry(8, Kind.NOTE, {"text": raw}, 20),
            entry(9, Kind.UPDATE, {"audience": "responders", "text": raw}, 21),
            entry(10, Kind.STATUS, {"from": "a", "to": "identified", "because": raw}, 25),
            replace(entry(11, Kind.RETRACTED, {"of": 8, "was": "note"}, 26), corrects=8),
        ),
        roles=(Held("commander", ANA, "held", at(4), at(5), None),),
        updates=(Told("responders", UserText(raw), at(21), ANA, at(18)),),
        actions=(
            ActionItem(ActionNumber(1), NUMBER, UserText(raw), BO, at(60), ANA, due_at=at(6000)),
        ),
        spent=(
            Spent(
                "checkout/availability",
                Fraction(999, 1000),
                timedelta(days=28),
                Fraction(61, 100),
                Fraction(12, 100),
                Fraction(49, 100),
                12_345,
                (
                    (at(0), Fraction(61, 100)),
                    (at(30), Fraction(3, 10)),
                    (at(58), Fraction(12, 100)),
                ),
            ),
        ),
        sections={name: clean(text) for name, text in sections.items()},
    )


def tokens_of(document: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(document)


def structure(document: str) -> list[str]:
    """Everything a document is but its words: the kinds of its tokens, texts left out."""
    return list(_structure(tokens_of(document)))


def _structure(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type != "inline":
            yield token.type
        yield from (child.type for child in token.children or () if child.type != "text")


def front_matter(document: str) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(document.split("\n---\n", 1)[0]))


def test_the_document_is_exactly_this() -> None:
    document = markdown(
        example(
            summary="A cache failover emptied the sessions.\n\n- carts were lost\n- logins failed",
            factors="trigger: failover at peak https://ci.example/build/7\nno alert on the cache",
        )
    )

    assert document == GOLDEN.read_text(encoding="utf-8")


def test_the_same_record_gives_the_same_bytes() -> None:
    assert markdown(example()) == markdown(example())


def test_the_hash_in_the_front_matter_is_that_of_the_rest() -> None:
    document = markdown(example())

    body = document.split("\n---\n", 1)[1].removeprefix("\n")

    assert hash_in(document) == content_hash(body)
    assert hash_in(markdown(example("Other words"))) != hash_in(document)


def test_machines_read_the_front_matter() -> None:
    read = front_matter(markdown(example()))

    assert read["incident"] == "INC-214"
    assert read["title"] == "Checkout 5xx"
    assert read["ttr"] == "PT58M"
    assert read["slos"] == [
        {
            "id": "checkout/availability",
            "objective": 0.999,
            "window_days": 28,
            "budget_before": 0.61,
            "budget_after": 0.12,
            "consumed": 0.49,
        }
    ]


@settings(max_examples=60)
@given(hostile)
def test_whatever_people_typed_is_only_text(words: str) -> None:
    assert structure(markdown(example(words))) == structure(markdown(example()))


@settings(max_examples=60)
@given(hostile)
def test_a_title_survives_the_front_matter(words: str) -> None:
    value = example(words)

    read = front_matter(markdown(value))["title"]

    assert read == " ".join(value.incident.title.raw.split())


@settings(max_examples=60)
@given(st.sampled_from([one.name for one in SECTIONS]), hostile)
def test_what_people_wrote_adds_nothing_but_paragraphs_and_lists(name: str, words: str) -> None:
    plain = structure(markdown(example()))

    written = structure(markdown(example(**{name: words})))

    added = set(written) - set(plain)
    assert added <= {"bullet_list_open", "bullet_list_close", "list_item_open"} | {
        "list_item_close",
        "hardbreak",
    }
    for kind in ("heading_open", "fence", "html_block", "hr", "blockquote_open"):
        assert written.count(kind) == plain.count(kind)


@settings(max_examples=60)
@given(hostile)
def test_no_title_can_break_a_diagram(words: str) -> None:
    fences = [one.content for one in tokens_of(markdown(example(words))) if one.type == "fence"]
    gantt = fences[1]

    milestones = gantt.split("section Milestones\n")[1].splitlines()
    assert len(milestones) == 4
    for line in milestones:
        assert re.fullmatch(r"    [\w ./+%()…-]+ :milestone, 2026-11-18T\d\d:\d\d:00, 0d", line)


def test_the_declaration_stands_where_the_room_was_opened_not_where_the_impact_began() -> None:
    value = example()
    declared = replace(value.entries[0], occurred_at=START, recorded_at=at(3))

    document = markdown(replace(value, entries=(declared, *value.entries[1:])))

    assert "    Declared :milestone, 2026-11-18T13:44:00, 0d\n" in document
    assert "Undetected :2026-11-18T13:41:00, 2026-11-18T13:44:00\n" in document


def test_an_incident_that_goes_on_says_so_and_draws_nothing() -> None:
    value = example()
    ongoing = replace(value.incident, status=Status.MONITORING, resolved_at=None)

    document = markdown(replace(value, incident=ongoing, spent=()))

    assert "**The incident is not over.**" in document
    assert "```mermaid" not in document
    assert "No objective covers the affected services." in document


def test_an_empty_record_is_still_a_document() -> None:
    value = replace(example(), entries=(), roles=(), updates=(), actions=(), people={})

    document = markdown(value)

    for words in ("No decision tree was walked.", "None yet.", "No update was sent."):
        assert words in document


def test_what_was_changed_by_hand_survives_the_next_export() -> None:
    before = markdown(example(summary="First words.", well="The rollback."))
    by_hand = before.replace(r"First words\.", "Better words, *emphasised*.")

    after = merged(by_hand, markdown(example(summary="Newer words.", well="The fast rollback.")))

    assert "Better words, *emphasised*." in after
    assert "Newer words" not in after
    assert r"The fast rollback\." in after
    assert merged(after, after) == after


def test_what_nobody_touched_is_replaced() -> None:
    fresh = markdown(example(summary="New."))

    assert merged(markdown(example(summary="Old.")), fresh) == fresh
    assert merged("", fresh) == fresh


def test_a_file_is_called_after_its_incident() -> None:
    assert filename(example("Checkout 5xx / EU!").incident) == "INC-214-checkout-5xx-eu.md"
    assert filename(example("障害").incident) == "INC-214.md"
