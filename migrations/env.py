"""Alembic's environment: our connection if we are given one, else the one in the settings."""

from alembic import context

from incidents.store import (
    escalation_tables,
    file_tables,
    gate_tables,
    oncall_tables,
    oneroom_tables,
    policy_tables,
    probe_tables,
    promise_tables,
    quiet_tables,
    slo_engine_tables,
    slo_tables,
    window_tables,
)
from incidents.store.engine import Store
from incidents.store.tables import metadata

# Importing the modules puts their tables into the metadata.
_ALL = (
    metadata,
    escalation_tables,
    file_tables,
    gate_tables,
    oncall_tables,
    oneroom_tables,
    policy_tables,
    probe_tables,
    promise_tables,
    quiet_tables,
    slo_engine_tables,
    slo_tables,
    window_tables,
)


def run(connection) -> None:
    """Run what was asked for, in the caller's transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    from bot.settings import read_settings

    with Store(read_settings().warroom_database_url).write() as opened:
        run(opened)
