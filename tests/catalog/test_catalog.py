"""A configuration folder as a whole: what loads, what is looked up, what is wrong with it."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from incidents.assets import folder as asset
from incidents.catalog.catalog import EMPTY, Catalog, load_catalog
from incidents.catalog.openslo import read_objectives
from incidents.errors import Misconfigured, NotFound
from incidents.model.commander import Training
from incidents.model.ids import ServiceName
from incidents.model.oncall import RotationName, on_call
from incidents.model.roles import Role
from incidents.model.services import Dependency, Strength
from incidents.model.severity import Severity

SERVICES = """\
services:
  - name: checkout
    tier: 1
    team: payments
    aliases: [purchase]
    depends_on: [orders-db, "search": soft]
  - {name: orders-db, tier: 2, team: payments}
  - {name: search, tier: 3}
teams:
  - {name: payments, members: [bo, dana], lead: dana, on_call: payments}
"""
ROTATION = """\
name: payments
people: [bo, "@Dana"]
start: 2026-01-05
hand_over: monday 10:00
zone: Europe/Berlin
"""
SHOP = {"services/all.yaml": SERVICES, "oncall/payments.yaml": ROTATION}


OWNERS_COMMAND = "who commands is chosen from the team that owns the service"
PEOPLE = ("ana", "bo", "chen", "dana", "eli", "farah", "goran", "hana", "ivo", "jo")


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


def problems(folder: Path, files: dict[str, str]) -> list[str]:
    with pytest.raises(Misconfigured) as refusal:
        load_catalog(write(folder, files))
    return [str(problem) for problem in refusal.value.problems]


@pytest.fixture
def shop(tmp_path: Path) -> Catalog:
    return load_catalog(write(tmp_path, SHOP))


def test_an_empty_folder_is_an_empty_and_usable_catalogue(tmp_path: Path) -> None:
    catalog = load_catalog(tmp_path)

    assert catalog == EMPTY
    assert catalog.service("checkout") is None
    assert catalog.team_of("checkout") is None
    assert catalog.near("checkout") == ()
    assert catalog.settings.cadence(Severity.SEV1) == timedelta(minutes=15)
    assert catalog.settings.bridge_for("INC-1") == ""


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no such folder"):
        load_catalog(tmp_path / "nowhere")


def test_a_service_goes_by_its_name_and_its_aliases(shop: Catalog) -> None:
    checkout = shop.service("checkout")

    assert checkout is not None
    assert shop.service("Purchase") == checkout
    assert shop.canonical("purchase") == "checkout"
    assert checkout.depends_on == (
        Dependency(ServiceName("orders-db")),
        Dependency(ServiceName("search"), Strength.SOFT),
    )


def test_a_service_has_a_team_dependents_and_a_blast_radius(shop: Catalog) -> None:
    team = shop.team_of("purchase")

    assert team is not None
    assert team.members == ("bo", "dana")
    assert [each.on for each in shop.dependents("orders-db")] == ["checkout"]
    assert [each.service for each in shop.blast_radius("orders-db")] == ["checkout"]


def test_a_misspelt_service_is_not_found_but_suggested(shop: Catalog) -> None:
    assert shop.near("chekout") == ("checkout",)
    assert shop.near("purchse") == ("checkout",)
    with pytest.raises(NotFound, match=r"no service called chekout\. Did you mean checkout\?"):
        shop.find_service("chekout")


def test_people_in_files_may_be_written_as_they_are_mentioned(shop: Catalog) -> None:
    rotation = shop.rotations[RotationName("payments")]

    assert rotation.people == ("bo", "dana")


def test_the_version_follows_the_content_and_not_the_place(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    longer = SHOP | {"oncall/payments.yaml": ROTATION + "# a remark\n"}

    versions = [
        load_catalog(write(folder, files)).version
        for folder, files in ((one, SHOP), (same, SHOP), (other, longer))
    ]

    assert versions[0] == versions[1] != versions[2]


def test_every_problem_of_every_file_is_reported_at_once_with_its_place(tmp_path: Path) -> None:
    files = {
        "warroom.yaml": "announcment_channel: incidents\n",
        "services/checkout.yaml": """\
            name: checkout
            tier: 7
            depends_on: [orders-db]
            """,
        "oncall/payments.yaml": """\
            name: payments
            people: []
            start: 2026-01-05
            zone: Europe/Berln
            """,
    }

    assert problems(tmp_path, files) == [
        "oncall/payments.yaml:2:1: people: nobody takes turns, expected at least one person",
        (
            "oncall/payments.yaml:4:1: zone: “Europe/Berln” is not a time zone, "
            "expected an IANA name like Europe/Berlin or UTC"
        ),
        "services/checkout.yaml:2:1: tier: Input should be less than or equal to 4",
        "warroom.yaml:1:1: announcment_channel: this key is not known here",
    ]


def test_names_that_lead_nowhere_are_found_with_a_suggestion(tmp_path: Path) -> None:
    broken = SERVICES.replace("team: payments\n", "team: paymets\n")
    broken = broken.replace("[orders-db,", "[ordersdb,").replace("lead: dana", "lead: donna")

    found = problems(
        tmp_path,
        SHOP
        | {
            "services/all.yaml": broken.replace("on_call: payments", "on_call: [payments, night]"),
            "oncall/payments.yaml": ROTATION.replace("[bo,", "[bob,"),
        },
    )

    assert found == [
        "oncall/payments.yaml:2:10: there is no person called bob, expected bo, perhaps",
        "services/all.yaml:4:5: there is no team called paymets, expected payments, perhaps",
        "services/all.yaml:6:18: there is no service called ordersdb, expected orders-db, perhaps",
        "services/all.yaml:10:43: there is no person called donna, expected dana, perhaps",
        "services/all.yaml:10:76: there is no rotation called night, expected a known rotation",
    ]


def test_an_unowned_service_of_tier_one_is_a_problem(tmp_path: Path) -> None:
    files = {"services/checkout.yaml": "name: checkout\ntier: 1\n"}

    assert problems(tmp_path, files) == [
        "services/checkout.yaml:1:1: checkout is tier 1 and nobody owns it, expected a team"
    ]


def test_services_that_need_each_other_are_a_problem_once(tmp_path: Path) -> None:
    files = {
        "services/all.yaml": """\
            services:
              - {name: a, tier: 3, depends_on: [b]}
              - {name: b, tier: 3, depends_on: [c]}
              - {name: c, tier: 3, depends_on: [a]}
            """
    }

    (found,) = problems(tmp_path, files)

    assert "these need each other: " in found
    assert found.endswith("expected a chain that ends; one of them may be soft")


def test_a_service_that_needs_itself_and_a_step_that_asks_nobody_are_problems(
    tmp_path: Path,
) -> None:
    escalation = "escalation: [{after: 5m}, {after: 9m, people: [zed], rotations: [night]}]"
    files = {
        "services/all.yaml": SERVICES.replace("[orders-db,", "[checkout,").replace(
            "on_call: payments", f"on_call: payments, {escalation}"
        )
    }

    found = problems(tmp_path, SHOP | files)

    assert [each.split(": ", 1)[1] for each in found] == [
        "checkout depends on itself, expected another service",
        "this step asks nobody, expected people or rotations",
        "there is no person called zed, expected a known person",
        "there is no rotation called night, expected a known rotation",
    ]


def test_what_a_rotation_gets_wrong_by_itself_is_found(tmp_path: Path) -> None:
    wrong = """\
        rotations:
          - {name: a, people: [bo], start: 2026-01-05, length: 3d, hand_over: monday 10:00}
          - {name: b, people: [bo], start: 2026-01-05, length: 36h}
          - {name: c, people: [bo], start: 2026-01-05, until: 2026-01-05}
        """
    overrides = """\
        rotations:
          - name: d
            people: [bo]
            start: 2026-01-05
            overrides:
              - {from: 2026-02-02, to: 2026-02-01T10:00:00Z, person: zed}
        """

    alone = problems(tmp_path / "one", {"oncall/a.yaml": wrong})
    found = problems(tmp_path / "two", SHOP | {"oncall/d.yaml": overrides})
    late = problems(tmp_path / "three", SHOP | {"oncall/c.yaml": wrong.replace("36h", "2d")})

    assert alone == [
        (
            "oncall/a.yaml:3:48: rotations.1.length: “36h” is not a number of days, "
            "expected daily, weekly, or one like 3d or 2w"
        )
    ]
    assert [each.split(": ", 1)[1] for each in found] == [
        "there is no person called zed, expected a known person",
        "the override ends before it starts, expected a time later than from",
    ]
    assert [each.split(": ", 1)[1] for each in late] == [
        "a takes turns of 3 d, which move through the week, expected a hand-over without a weekday",
        "c ends before it starts, expected a date after start",
    ]


def test_two_files_of_settings_are_one_too_many(tmp_path: Path) -> None:
    found = problems(tmp_path, {"warroom.yaml": "name: a\n", "warroom.yml": "name: b\n"})

    assert found == ["warroom.yml:1:1: there are settings already, expected one document"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("depends_on: [{search: maybe}]", "this is not a dependency"),
        ("runbooks: [{name: Main, url: ftp://x}]", "“ftp://x” is not a link"),
        ("name: Check Out", "String should match pattern"),
    ],
)
def test_a_service_is_written_in_the_ways_we_know(tmp_path: Path, line: str, words: str) -> None:
    key = line.partition(":")[0]
    lines = {"name": "name: checkout", "tier": "tier: 3", key: line}

    (found,) = problems(tmp_path, {"services/checkout.yaml": "\n".join(lines.values())})

    assert words in found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hours: 9 to 5", "“9 to 5” is not a span of the day"),
        ("days: [mon, someday]", "“someday” is not a weekday"),
        ("days: []", "“[]” names no days"),
        ("people: ['b o']", "“b o” is not a person"),
        ("overrides: [{from: soon, to: 2026-02-01, person: bo}]", "“soon” is not a date or time"),
    ],
)
def test_a_rotation_is_written_in_the_ways_we_know(tmp_path: Path, line: str, words: str) -> None:
    lines = {"name": "name: a", "people": "people: [bo]", "start": "start: 2026-01-05"}
    lines[line.partition(":")[0]] = line

    (found,) = problems(tmp_path, {"oncall/a.yaml": "\n".join(lines.values())})

    assert words in found


def test_the_same_name_twice_is_a_problem(tmp_path: Path) -> None:
    again = {"services/more.yaml": "name: search\ntier: 3\naliases: [checkout]\n"}

    assert problems(tmp_path, SHOP | again) == [
        (
            "services/more.yaml:1:1: there is another service called search, in services/all.yaml, "
            "expected a name of its own"
        ),
        "services/more.yaml:3:11: checkout already means checkout, expected an alias of its own",
    ]


def test_hours_without_anybody_on_call_are_a_problem_for_important_services(
    tmp_path: Path,
) -> None:
    by_day = ROTATION + "hours: 08:00-20:00\n"

    (found,) = problems(tmp_path, SHOP | {"oncall/payments.yaml": by_day})

    assert found == (
        "services/all.yaml:10:55: payments owns checkout (tier 1), but nobody is on call "
        "from Tue 6 Jan 2026 19:00 UTC to Wed 7 Jan 2026 07:00 UTC, "
        "and 364 more times within a year, expected somebody at any hour"
    )


def test_a_team_with_important_services_needs_an_on_call(tmp_path: Path) -> None:
    without = SERVICES.replace(", on_call: payments", "")

    (found,) = problems(tmp_path, {"services/all.yaml": without})

    assert "payments owns checkout (tier 1) and has no on-call" in found


def test_a_rotation_that_ends_leaves_a_gap_that_a_successor_fills(tmp_path: Path) -> None:
    first = ROTATION + "until: 2026-06-01\n"
    second = first.replace("name: payments", "name: later").replace("2026-01-05", "2026-06-01")
    both = SERVICES.replace("on_call: payments", "on_call: [payments, later]")

    (found,) = problems(tmp_path / "one", SHOP | {"oncall/payments.yaml": first})
    whole = load_catalog(
        write(
            tmp_path / "two",
            {
                "services/all.yaml": both,
                "oncall/payments.yaml": first,
                "oncall/later.yaml": second.replace("until: 2026-06-01\n", ""),
            },
        )
    )

    assert "nobody is on call from Mon 1 Jun 2026 08:00 UTC on" in found
    assert len(whole.rotations) == 2


def test_a_file_that_is_no_yaml_does_not_make_its_names_go_missing(tmp_path: Path) -> None:
    found = problems(tmp_path, SHOP | {"oncall/payments.yaml": "name: [unclosed\n"})

    assert len(found) == 1
    assert found[0].startswith("oncall/payments.yaml:2:1: not valid YAML")


def test_a_rotation_with_a_fault_still_counts_as_known(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        SHOP | {"oncall/payments.yaml": ROTATION.replace("10:00", "25:00")},
    )

    assert found == [
        "oncall/payments.yaml:4:1: hand_over: “25:00” is not a time of day, expected one like 09:00"
    ]


def test_a_calendar_file_is_a_rotation_called_like_it(tmp_path: Path) -> None:
    files = SHOP | {"oncall/night.ics": "BEGIN:VCALENDAR\nEND:VCALENDAR\n"}

    shop = load_catalog(write(tmp_path, files))

    feed = shop.rotations[RotationName("night")].feed
    assert feed is not None
    assert (feed.kind, feed.where, feed.text[:15]) == ("file", "night.ics", "BEGIN:VCALENDAR")


def test_overrides_stand_on_the_rotation_s_own_clock(tmp_path: Path) -> None:
    swap = "{from: 2026-12-24, to: 2026-12-26 12:30, person: dana, because: swap}"
    files = SHOP | {"oncall/payments.yaml": f"{ROTATION}overrides:\n  - {swap}\n"}

    (override,) = load_catalog(write(tmp_path, files)).rotations[RotationName("payments")].overrides

    assert override.start == datetime(2026, 12, 24, 9, tzinfo=UTC)
    assert override.end == datetime(2026, 12, 26, 11, 30, tzinfo=UTC)


def test_a_start_on_another_weekday_than_the_hand_over_is_a_problem(tmp_path: Path) -> None:
    tuesday = ROTATION.replace("monday", "tuesday")

    assert problems(tmp_path, SHOP | {"oncall/payments.yaml": tuesday}) == [
        (
            "oncall/payments.yaml:3:1: payments hands over on Tue but starts on another day, "
            "expected a date that is a Tue"
        )
    ]


@pytest.fixture(scope="module")
def demo() -> Catalog:
    return load_catalog(asset("templates") / "init")


def test_the_example_organisation_is_whole(demo: Catalog) -> None:
    assert len(demo.services) == 10
    assert set(demo.teams) == {"storefront", "payments", "platform"}
    assert set(demo.people) == set(PEOPLE)
    assert demo.settings.roles_for(Severity.SEV1) == tuple(Role)


def test_in_the_example_every_team_has_somebody_on_call_at_any_hour(demo: Catalog) -> None:
    start = datetime(2026, 1, 8, tzinfo=UTC)

    for hours in range(0, 365 * 24, 7):
        at = start + timedelta(hours=hours)
        for team in demo.teams.values():
            assert on_call(demo.rotations[team.on_call[0]], at) is not None


def test_in_the_example_every_objective_belongs_to_a_service() -> None:
    folder = asset("templates") / "init"
    services = load_catalog(folder).services

    objectives, faults = read_objectives(folder / "slos")

    assert faults == ()
    assert [each.slo for each in objectives] == [
        "checkout/availability",
        "checkout/latency",
        "edge-gateway/availability",
        "payments/availability",
        "search/latency",
    ]
    assert {each.service for each in objectives} <= services.by_name.keys()


def test_the_example_works_from_nine_to_five_in_berlin(demo: Catalog) -> None:
    hours = demo.settings.hours

    assert (hours.start, hours.end, hours.days) == (time(9), time(17), frozenset(range(5)))
    assert demo.settings.zone == "Europe/Berlin"


def test_teams_mark_who_is_trained_and_who_learns(tmp_path: Path) -> None:
    teams = SERVICES.replace("on_call: payments", "on_call: payments, in_training: [bo, dana]")
    other = "teams:\n  - {name: web, members: [dana], trained: [dana]}\n"

    found = load_catalog(write(tmp_path, {**SHOP, "services/all.yaml": teams + other[7:]}))

    assert found.training == {"bo": Training.IN_TRAINING, "dana": Training.TRAINED}


def test_who_learns_is_known_and_not_trained_already(tmp_path: Path) -> None:
    marks = "on_call: payments, trained: [bo], in_training: [bo, dina]"

    found = problems(
        tmp_path, {**SHOP, "services/all.yaml": SERVICES.replace("on_call: payments", marks)}
    )

    assert [one.partition(": ")[2] for one in found] == [
        "bo is both trained and in training, expected one of the two",
        "there is no person called dina, expected dana, perhaps",
    ]


def test_a_role_is_asked_of_a_team_that_exists(tmp_path: Path) -> None:
    settings = {"warroom.yaml": "role_teams:\n  comms: payment\n"}
    commander = {"warroom.yaml": "role_teams: {commander: payments}\n"}

    found = [*problems(tmp_path, SHOP | settings), *problems(tmp_path, SHOP | commander)]

    assert found == [
        "warroom.yaml:2:3: there is no team called payment, expected payments, perhaps",
        f"warroom.yaml:1:14: {OWNERS_COMMAND}, expected deputy, comms or scribe",
    ]
