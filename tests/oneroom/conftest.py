"""The town with the cascade."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from oneroom.town import built
from world import World

from incidents.actions.desk import Desk
from incidents.catalog.catalog import Catalog, load_catalog
from incidents.store.engine import Store


@pytest.fixture(scope="session")
def town_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("town") / "config")


@pytest.fixture(scope="session")
def catalog(town_folder: Path) -> Catalog:
    return load_catalog(town_folder)


@pytest.fixture
def town(database_url: str, town_folder: Path) -> Iterator[World]:
    made = World(database_url, config=town_folder)
    yield made
    made.close()


@pytest.fixture
def desk(store: Store, catalog: Catalog) -> Desk:
    return Desk(store, catalog)
