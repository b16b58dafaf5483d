"""The first schema: the record, the engine, people, follow-ups, SLOs."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Document, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


SEQUENCES = ("incident_number", "action_number", "effect_number", "change_number")
EVIDENCE = ("timeline", "audit")  # tables whose rows nobody may change or delete


def upgrade() -> None:
    for name in SEQUENCES if is_postgresql() else ():
        op.execute(sa.schema.CreateSequence(sa.Sequence(name)))
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=120), nullable=False),
        sa.Column("detail", Document(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "bucket",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("blocked_until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bucket")),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_change_source_key")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_change_service_made_at"), ["service", "made_at"], unique=False
        )

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "depletion",
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("generation", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("cleared_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("slo", "generation", "notice", "at", name=op.f("pk_depletion")),
    )
    with op.batch_alter_table("depletion", schema=None) as batch_op:
        batch_op.create_index(
            "ix_depletion_one_open",
            ["slo", "generation", "notice"],
            unique=True,
            sqlite_where=sa.text("cleared_at IS NULL"),
            postgresql_where=sa.text("cleared_at IS NULL"),
        )

    op.create_table(
        "fact",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", Document(), nullable=False),
        sa.Column("known_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fact")),
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_inbox")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_received_at"), ["received_at"], unique=False)

    op.create_table(
        "incident",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("services", Document(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("open_key", sa.String(length=200), nullable=True),
        sa.Column("is_drill", sa.Boolean(), nullable=False),
        sa.Column("declared_by", sa.String(length=64), nullable=False),
        sa.Column("declared_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("detected_at", Moment(), nullable=False),
        sa.Column("acknowledged_at", Moment(), nullable=True),
        sa.Column("mitigated_at", Moment(), nullable=True),
        sa.Column("resolved_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("detected_by", sa.String(length=40), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("facts", Document(), nullable=False),
        sa.Column("bridge", sa.Text(), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=True),
        sa.Column("room_name", sa.String(length=80), nullable=False),
        sa.Column("card_ts", sa.String(length=32), nullable=True),
        sa.Column("announcement_channel", sa.String(length=32), nullable=True),
        sa.Column("announcement_ts", sa.String(length=32), nullable=True),
        sa.Column("next_update_at", Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "severity IN ('sev1', 'sev2', 'sev3', 'sev4')", name=op.f("ck_incident_severity")
        ),
        sa.CheckConstraint(
            "status IN ('investigating', 'identified', 'monitoring', 'resolved', 'closed', 'cancelled')",
            name=op.f("ck_incident_status"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_incident")),
        sa.UniqueConstraint("open_key", name=op.f("uq_incident_open_key")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_room"), ["room"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_status"), ["status"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("handle", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_handle"), ["handle"], unique=False)

    op.create_table(
        "sli_batch_seen",
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "seq", name=op.f("pk_sli_batch_seen")),
    )
    with op.batch_alter_table("sli_batch_seen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sli_batch_seen_at"), ["at"], unique=False)

    op.create_table(
        "sli_bucket",
        sa.Column("tier", sa.String(length=8), nullable=False),
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tier", "slo", "at", name=op.f("pk_sli_bucket")),
    )
    with op.batch_alter_table("sli_bucket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sli_bucket_tier_at"), ["tier", "at"], unique=False)

    op.create_table(
        "sli_sample",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sli_sample")),
    )
    with op.batch_alter_table("sli_sample", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sli_sample_received_at"), ["received_at"], unique=False
        )

    op.create_table(
        "token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", Document(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_token_name")),
    )
    op.create_table(
        "action_item",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'dropped')", name=op.f("ck_action_item_state")
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_action_item_incident_incident")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_action_item")),
    )
    with op.batch_alter_table("action_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_item_incident"), ["incident"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_action_item_owner_state"), ["owner", "state"], unique=False
        )

    op.create_table(
        "alert",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=True),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("labels", Document(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('firing', 'resolved')", name=op.f("ck_alert_status")),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_alert_incident_incident")
        ),
        sa.PrimaryKeyConstraint("source", "fingerprint", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_incident"), ["incident"], unique=False)

    op.create_table(
        "due",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("args", Document(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'cancelled', 'dead')", name=op.f("ck_due_state")
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_due_incident_incident")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_due")),
    )
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_due_incident"), ["incident"], unique=False)
        batch_op.create_index(batch_op.f("ix_due_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "effect",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("args", Document(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.Column("lane", sa.String(length=100), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("needs", sa.String(length=200), nullable=True),
        sa.Column("collapse", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("intent_at", Moment(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("result", Document(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'inflight', 'done', 'dead', 'superseded')",
            name=op.f("ck_effect_state"),
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_effect_incident_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect")),
        sa.UniqueConstraint("key", name=op.f("uq_effect_key")),
    )
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_effect_incident"), ["incident"], unique=False)
        batch_op.create_index(batch_op.f("ix_effect_lane_seq"), ["lane", "seq"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_effect_state_not_before"), ["state", "not_before"], unique=False
        )

    op.create_table(
        "episode",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slo", sa.String(length=160), nullable=False),
        sa.Column("generation", sa.String(length=16), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("calm_since", Moment(), nullable=True),
        sa.Column("loudness", sa.String(length=8), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=True),
        sa.Column("peak_burn", sa.Float(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "loudness IN ('quiet', 'ticket', 'page')", name=op.f("ck_episode_loudness")
        ),
        sa.CheckConstraint(
            "severity IN ('sev1', 'sev2', 'sev3', 'sev4')", name=op.f("ck_episode_severity")
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_episode_incident_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
    )
    with op.batch_alter_table("episode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_episode_incident"), ["incident"], unique=False)
        batch_op.create_index(
            "ix_episode_one_open",
            ["slo"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_episode_slo_opened_at"), ["slo", "opened_at"], unique=False
        )

    op.create_table(
        "postmortem",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("sections", Document(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published')", name=op.f("ck_postmortem_state")),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_postmortem_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", name=op.f("pk_postmortem")),
    )
    op.create_table(
        "responder",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("left_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_responder_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", "person", name=op.f("pk_responder")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("offered_at", Moment(), nullable=False),
        sa.Column("held_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("facts", Document(), nullable=False),
        sa.CheckConstraint(
            "state IN ('offered', 'held', 'passed', 'expired', 'ended')", name=op.f("ck_role_state")
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_role_incident_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
    )
    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.create_index(
            "ix_role_one_holder",
            ["incident", "role"],
            unique=True,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )
        batch_op.create_index(
            "ix_role_one_offer",
            ["incident", "role"],
            unique=True,
            sqlite_where=sa.text("state = 'offered'"),
            postgresql_where=sa.text("state = 'offered'"),
        )
        batch_op.create_index(batch_op.f("ix_role_person_state"), ["person", "state"], unique=False)

    op.create_table(
        "timeline",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("body", Document(), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_timeline_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", "seq", name=op.f("pk_timeline")),
        sa.UniqueConstraint("id", name=op.f("uq_timeline_id")),
        sa.UniqueConstraint("incident", "source_key", name=op.f("uq_timeline_incident_source_key")),
    )
    op.create_table(
        "update_message",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("sent_by", sa.String(length=64), nullable=False),
        sa.Column("promised_at", Moment(), nullable=True),
        sa.Column("was_due_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "audience IN ('responders', 'executives', 'customers')",
            name=op.f("ck_update_message_audience"),
        ),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_update_message_incident_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_message")),
    )
    with op.batch_alter_table("update_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_update_message_incident"), ["incident"], unique=False)

    op.create_table(
        "walk",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("tree", sa.String(length=80), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("state", Document(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.number"], name=op.f("fk_walk_incident_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk")),
    )
    with op.batch_alter_table("walk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_walk_incident"), ["incident"], unique=False)
    for table in EVIDENCE:
        forbid_changes(table)


def downgrade() -> None:
    for table in EVIDENCE:
        allow_changes(table)
    with op.batch_alter_table("walk", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_walk_incident"))

    op.drop_table("walk")
    with op.batch_alter_table("update_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_update_message_incident"))

    op.drop_table("update_message")
    op.drop_table("timeline")
    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_person_state"))
        batch_op.drop_index(
            "ix_role_one_offer",
            sqlite_where=sa.text("state = 'offered'"),
            postgresql_where=sa.text("state = 'offered'"),
        )
        batch_op.drop_index(
            "ix_role_one_holder",
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )

    op.drop_table("role")
    op.drop_table("responder")
    op.drop_table("postmortem")
    with op.batch_alter_table("episode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_episode_slo_opened_at"))
        batch_op.drop_index(
            "ix_episode_one_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_episode_incident"))

    op.drop_table("episode")
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_effect_state_not_before"))
        batch_op.drop_index(batch_op.f("ix_effect_lane_seq"))
        batch_op.drop_index(batch_op.f("ix_effect_incident"))

    op.drop_table("effect")
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_due_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_due_incident"))

    op.drop_table("due")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_incident"))

    op.drop_table("alert")
    with op.batch_alter_table("action_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_item_owner_state"))
        batch_op.drop_index(batch_op.f("ix_action_item_incident"))

    op.drop_table("action_item")
    op.drop_table("token")
    with op.batch_alter_table("sli_sample", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sli_sample_received_at"))

    op.drop_table("sli_sample")
    with op.batch_alter_table("sli_bucket", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sli_bucket_tier_at"))

    op.drop_table("sli_bucket")
    with op.batch_alter_table("sli_batch_seen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sli_batch_seen_at"))

    op.drop_table("sli_batch_seen")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_handle"))
        batch_op.drop_index(batch_op.f("ix_person_email"))

    op.drop_table("person")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_status"))
        batch_op.drop_index(batch_op.f("ix_incident_room"))

    op.drop_table("incident")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_received_at"))

    op.drop_table("inbox")
    op.drop_table("fact")
    with op.batch_alter_table("depletion", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_depletion_one_open",
            sqlite_where=sa.text("cleared_at IS NULL"),
            postgresql_where=sa.text("cleared_at IS NULL"),
        )

    op.drop_table("depletion")
    op.drop_table("counter")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_service_made_at"))

    op.drop_table("change")
    op.drop_table("bucket")
    op.drop_table("audit")
    for name in SEQUENCES if is_postgresql() else ():
        op.execute(sa.schema.DropSequence(sa.Sequence(name)))


def is_postgresql():
    return op.get_bind().dialect.name == "postgresql"


def forbid_changes(table):
    """The database itself refuses to rewrite evidence."""
    if not is_postgresql():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()"
    )


def allow_changes(table):
    """Somebody may have done so by hand before, which must not keep a restore from working."""
    if not is_postgresql():
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {table}_is_append_only()")
