"""The organisation that large tests are played in is one, and always the same."""

from pathlib import Path

from organisation import AROUND, organisation

from incidents.catalog.catalog import load_catalog
from incidents.model.oncall import everyone_on_call


def test_the_same_seed_gives_the_same_organisation() -> None:
    assert organisation(200, 12) == organisation(200, 12)
    assert organisation(200, 12) != organisation(200, 12, seed=5)


def test_its_files_say_what_it_says_without_them(tmp_path: Path) -> None:
    made = organisation(150, 12)

    read = load_catalog(made.write(tmp_path))

    assert dict(read.services.by_name) == dict(made.catalog.services.by_name)
    assert (read.teams, read.rotations) == (made.catalog.teams, made.catalog.rotations)
    assert (read.people, read.settings) == (made.catalog.people, made.catalog.settings)


def test_nothing_is_wrong_with_it() -> None:
    assert organisation(400, 40).problems == ()


def test_in_full_it_has_5000_services_300_teams_stand_ins_and_teams_without_on_call() -> None:
    catalog = organisation().catalog

    duty = {
        team.name: everyone_on_call([catalog.rotations[name] for name in team.on_call], AROUND)
        for team in catalog.teams.values()
    }

    assert (len(catalog.services), len(catalog.teams)) == (5_000, 300)
    assert sum(1 for found in duty.values() if any(one.is_override for one in found)) > 20
    assert sum(1 for found in duty.values() if not found) > 5
    assert {rotation.zone.key for rotation in catalog.rotations.values()} > {"UTC", "Asia/Tokyo"}
    assert max(len(catalog.services.blast_radius(one.name)) for one in catalog.services) > 100
