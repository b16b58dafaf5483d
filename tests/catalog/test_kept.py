"""A catalogue kept from the last time: the same or none at all, whatever happened to it."""

import gc
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from organisation import organisation

from incidents.assets import folder as asset
from incidents.catalog import catalog as catalogs
from incidents.catalog import kept as module
from incidents.catalog.catalog import Catalog, load_catalog
from incidents.catalog.kept import Kept
from incidents.errors import Misconfigured

DEMO = load_catalog(asset("templates") / "init")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where nothing is kept yet."""
    return tmp_path / "cache"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration that is large enough to be kept."""
    return organisation(services=400, teams=20).write(tmp_path / "config")


def files(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def test_what_was_read_once_is_the_same_the_second_time(config: Path, cache: Path) -> None:
    first = load_catalog(config, cache)

    second = load_catalog(config, cache)

    assert len(files(cache)) == 1
    assert second == first == load_catalog(config)


def test_it_is_not_read_again_while_nothing_has_changed(
    config: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_catalog(config, cache)
    monkeypatch.delattr(catalogs, "_read")

    assert len(load_catalog(config, cache).services) == 400


def test_any_change_of_any_file_is_seen(config: Path, cache: Path) -> None:
    load_catalog(config, cache)
    (config / "services" / "more.yaml").write_text("name: brand-new\ntier: 4\n")

    assert load_catalog(config, cache).service("brand-new") is not None


def test_a_broken_configuration_is_refused_every_time(config: Path, cache: Path) -> None:
    (config / "services" / "more.yaml").write_text("name: brand-new\ntier: 9\n")

    for _ in range(2):
        with pytest.raises(Misconfigured, match=r"more\.yaml:2:1"):
            load_catalog(config, cache)
    assert not cache.exists()


def test_a_small_configuration_is_not_worth_keeping(cache: Path) -> None:
    load_catalog(asset("templates") / "init", cache)

    assert not cache.exists()


def test_all_that_a_catalogue_holds_comes_back_as_it_was(cache: Path) -> None:
    kept = Kept(cache, Catalog)

    assert kept.keep("1", DEMO)
    assert kept.recall("1") == DEMO
    assert kept.recall("2") is None


@settings(max_examples=60)
@given(data=st.data())
def test_what_was_damaged_is_never_believed(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = Kept(tmp_path_factory.getbasetemp() / "damaged", Catalog)
    assert kept.keep("1", DEMO)
    path = kept._path("1")
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytes([whole[place] ^ data.draw(st.integers(1, 255))])

    for broken in (whole[:place], whole[:place] + flipped + whole[place + 1 :], whole + b" "):
        path.write_bytes(broken)
        assert kept.recall("1") is None


def test_what_somebody_else_may_have_written_is_not_believed(cache: Path) -> None:
    kept = Kept(cache, Catalog)
    kept.keep("1", DEMO)

    kept._path("1").chmod(0o666)
    by_the_file = kept.recall("1")
    kept._path("1").chmod(0o600)
    cache.chmod(0o777)
    by_the_folder = kept.recall("1")

    assert (by_the_file, by_the_folder) == (None, None)


def test_a_link_to_somewhere_else_is_not_followed(cache: Path, tmp_path: Path) -> None:
    kept = Kept(cache, Catalog)
    kept.keep("1", DEMO)
    elsewhere = kept._path("1").rename(tmp_path / "elsewhere")
    kept._path("1").symlink_to(elsewhere)

    assert kept.recall("1") is None


def test_after_an_upgrade_the_files_are_read_again(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(cache, Catalog)
    kept.keep("1", DEMO)
    monkeypatch.setattr(module, "_our_code", lambda: "another release")

    assert kept.recall("1") is None


def test_only_the_newest_stay(cache: Path) -> None:
    kept = Kept(cache, Catalog)
    for version in range(9):
        kept.keep(str(version), DEMO)

    assert len(files(cache)) == 4
    assert kept.recall("8") == DEMO


def test_where_nothing_can_be_written_nothing_is_kept_and_all_works(
    config: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    catalog = load_catalog(config, tmp_path / "file" / "cache")

    assert len(catalog.services) == 400


def test_many_at_once_all_get_the_whole(config: Path, cache: Path) -> None:
    expected = load_catalog(config)
    found: list[Catalog] = []
    threads = [
        threading.Thread(target=lambda: found.append(load_catalog(config, cache))) for _ in range(6)
    ]

    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert found == [expected] * 6
    assert len(files(cache)) == 1
    assert gc.isenabled()
