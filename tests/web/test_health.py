"""Probes and figures."""

from datetime import timedelta

from web.conftest import Get
from world import World

from incidents.store import migrate


def figure(text: str, name: str) -> float:
    """The value of one line."""
    return next(
        float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} ")
    )


def test_a_living_process_is_healthy(get: Get) -> None:
    assert get("/healthz").text == "ok\n"


def test_it_is_not_ready_before_the_metronome_beats(get: Get) -> None:
    answer = get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok", "writing": "ok", "migrations": "ok", "metronome": "failing",
        "slack": "ok", "clock": "ok", "disk": "ok",
    }  # fmt: skip


def test_it_is_ready_when_everything_is(light_world: World, get: Get) -> None:
    light_world.app.worker._pulse.beat("due", timedelta(seconds=1))

    assert get("/readyz").json()["ready"] is True


def test_a_metronome_that_stopped_is_noticed(light_world: World, get: Get) -> None:
    light_world.app.worker._pulse.beat("due", timedelta(seconds=-16))

    assert get("/readyz").json()["checks"]["metronome"] == "failing"


def test_a_schema_of_another_version_is_not_ready(light_world: World, get: Get) -> None:
    with light_world.app.desk.store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")

    assert not migrate.is_at_head(light_world.app.desk.store)
    assert get("/readyz").json()["checks"]["migrations"] == "failing"
    assert figure(get("/metrics").text, "warroom_database_usable") == 0


def test_incidents_are_counted_by_severity_and_status(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    text = get("/metrics").text

    assert figure(text, 'warroom_incidents{severity="sev2",status="investigating"}') == 1
    assert figure(text, 'warroom_effects{kind="open_room",state="done"}') == 1
    assert figure(text, "warroom_effects_backlog") == 0


def test_no_label_carries_what_somebody_typed(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident unmistakable words sev2 @checkout")

    assert "unmistakable" not in get("/metrics").text


def test_a_beat_a_moment_ago_is_not_a_beat_that_never_was(light_world: World, get: Get) -> None:
    never = figure(get("/metrics").text, "warroom_beat_late_seconds")
    light_world.app.worker._pulse.beat("due", timedelta(hours=1))

    assert never == -1
    assert figure(get("/metrics").text, "warroom_beat_late_seconds") == 0


def test_the_version_is_told(get: Get) -> None:
    assert set(get("/version").json()) == {"version"}
