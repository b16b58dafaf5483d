"""What `warroom check` says about an organisation whose files are right."""

from datetime import date
from pathlib import Path
from textwrap import dedent

from incidents.assets import folder as asset
from incidents.catalog.catalog import check_catalog, load_catalog

TODAY = date(2026, 11, 21)
TEAM = "teams:\n  - {name: payments, members: [bo, dana], on_call: payments}\n"
ROTATION = "name: payments\npeople: [bo, dana]\nstart: 2026-01-05\n"


def said(folder: Path, services: str, **more: str) -> list[str]:
    """What is said of these services; more files by name, ``_`` for ``/``."""
    files = {
        "services/all.yaml": dedent(services) + TEAM,
        "oncall/payments.yaml": ROTATION,
        **{f"{name.replace('_', '/')}.yaml": dedent(text) for name, text in more.items()},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [str(one) for one in check_catalog(folder, TODAY)]


SHARED = """\
    services:
      - {name: web, tier: 1, team: payments, depends_on: [cart]}
      - {name: pay, tier: 1, team: payments, depends_on: [db]}
      - {name: cart, tier: 1, team: payments, depends_on: [db]}
      - {name: db, tier: 2, team: payments}
    """


def test_a_service_without_which_many_foremost_ones_fail_is_a_single_point(tmp_path: Path) -> None:
    assert said(tmp_path, SHARED) == [
        (
            "services/all.yaml:5:6: warning: db is a single point of failure: "
            "without it cart, pay and web fail, expected redundancy: why it does not fail as "
            "a whole, or soft dependencies on it"
        )
    ]


def test_it_is_none_when_somebody_wrote_down_why_it_does_not_fail_as_a_whole(
    tmp_path: Path,
) -> None:
    known = SHARED.replace("tier: 2,", "tier: 2, redundancy: three replicas,")

    assert said(tmp_path, known) == []


def test_how_many_are_many_is_a_setting(tmp_path: Path) -> None:
    strict = said(tmp_path / "a", SHARED, warroom="catalogue: {single_point_of_failure: 1}\n")
    easy = said(tmp_path / "b", SHARED, warroom="catalogue: {single_point_of_failure: 4}\n")

    assert [each.split(" is a single")[0] for each in strict] == [
        "services/all.yaml:4:6: warning: cart",
        "services/all.yaml:5:6: warning: db",
    ]
    assert easy == []


def test_what_foremost_services_stand_on_must_not_be_far_below_them(tmp_path: Path) -> None:
    services = """\
        services:
          - {name: pay, tier: 1, team: payments, depends_on: [queue, mail: soft]}
          - {name: queue, tier: 3}
          - {name: mail, tier: 4}
        """

    assert said(tmp_path, services) == [
        (
            "services/all.yaml:3:19: warning: queue is tier 3, but pay cannot work without it "
            "and is tier 1, expected tier 1 or 2, or a soft dependency"
        )
    ]


def test_a_vendor_without_a_plan_a_contact_or_somebody_who_answers_is_told(tmp_path: Path) -> None:
    services = """\
        services:
          - {name: pay, tier: 1, team: payments, vendors: [northpay, postbote: soft]}
        """
    vendors = "vendors:\n  - {name: northpay}\n  - {name: postbote}\n"

    assert said(tmp_path, services, vendors_all=vendors) == [
        (
            "vendors/all.yaml:2:6: warning: nobody here answers for northpay, and pay cannot "
            "work without northpay, expected accountable: a team"
        ),
        (
            "vendors/all.yaml:2:6: warning: northpay has no contacts, and pay cannot work without "
            "northpay, expected contacts"
        ),
        (
            "vendors/all.yaml:2:6: warning: northpay is a single point of failure: pay cannot work "
            "without northpay, expected fallback: what to do without it, or soft reliance"
        ),
    ]


def test_one_person_alone_on_call_is_a_single_point_too(tmp_path: Path) -> None:
    services = "services:\n  - {name: pay, tier: 1, team: payments}\n"

    assert said(tmp_path, services, oncall_payments=ROTATION.replace(", dana", "")) == [
        (
            "services/all.yaml:4:43: warning: only bo is ever on call for pay, "
            "expected at least two people who take turns"
        )
    ]


def test_nothing_that_stays_should_need_what_goes(tmp_path: Path) -> None:
    services = """\
        services:
          - {name: pay, tier: 1, team: payments, depends_on: [old, older: soft]}
          - {name: mail, tier: 2, team: payments, depends_on: [old]}
          - {name: gone, tier: 2, team: payments, depends_on: [older], lifecycle: retired}
          - {name: old, tier: 2, team: payments, lifecycle: deprecated}
          - {name: older, tier: 2, team: payments, lifecycle: retired}
        """

    assert said(tmp_path, services) == [
        (
            "services/all.yaml:2:55: warning: pay depends on old, which is deprecated, "
            "expected a service that stays"
        ),
        (
            "services/all.yaml:2:60: warning: pay depends on older, which is retired, "
            "expected a service that stays"
        ),
    ]


def test_runbooks_grow_stale_get_lost_and_cannot_be_reviewed_tomorrow(tmp_path: Path) -> None:
    services = """\
        services:
          - name: mail
            tier: 3
            runbooks:
              - {name: Fresh, url: https://example.com/a, reviewed: 2026-11-01}
              - {name: Old, url: https://example.com/b, reviewed: 2026-01-05}
              - {name: Early, url: https://example.com/c, reviewed: 2026-12-01}
              - {name: Lost, url: lost.md}
              - {name: Elsewhere, url: ../../etc/secret.md}
              - {name: Here, url: here.md}
        """
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "here.md").write_text("# Here\n")

    assert said(tmp_path, services) == [
        (
            "services/all.yaml:6:49: warning: “Old” was last reviewed 320 days ago, "
            "expected a review every 180 days"
        ),
        (
            "services/all.yaml:7:51: warning: “Early” was reviewed on 2026-12-01, which is still "
            "to come, expected at most 2026-11-21"
        ),
        "services/all.yaml:8:22: warning: there is no file lost.md, expected a runbook",
        "services/all.yaml:9:27: warning: there is no file ../../etc/secret.md, expected a runbook",
    ]


def test_warnings_do_not_keep_the_configuration_from_being_used(tmp_path: Path) -> None:
    assert said(tmp_path, SHARED) != []

    assert len(load_catalog(tmp_path).services) == 4


def test_where_something_is_wrong_nothing_else_is_guessed(tmp_path: Path) -> None:
    (found,) = said(tmp_path, SHARED.replace("[cart]", "[carts]"))

    assert "there is no service called carts" in found


def test_nothing_is_to_be_said_of_the_example() -> None:
    assert check_catalog(asset("templates") / "init", TODAY) == ()
