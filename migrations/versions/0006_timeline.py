"""Files that people put on the record."""

import sqlalchemy as sa
from alembic import op

from incidents.store.types import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_file",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("media", sa.String(length=80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_kept_file")),
    )
    op.create_table(
        "kept_part",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hash"], ["kept_file.hash"], name=op.f("fk_kept_part_hash_kept_file")
        ),
        sa.PrimaryKeyConstraint("hash", "part", name=op.f("pk_kept_part")),
    )


def downgrade() -> None:
    op.drop_table("kept_part")
    op.drop_table("kept_file")
