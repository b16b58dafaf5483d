"""``warroom offline-kit``."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import common


def offline_kit(
    out: Annotated[Path, typer.Argument(help="A folder of its own: it is replaced as a whole.")],
) -> None:
    """Write all that people need when warroom and Slack are gone, as plain Markdown.

    Example: warroom offline-kit /srv/sync/incidents
    """
    from bot.app import tree_folders
    from incidents.actions import kit

    desk, config = common.desk(), common.settings().warroom_config_dir
    count = kit.write(desk, out, tree_folders(config), common.now(desk))
    common.audited(desk, "offline_kit.export", str(out), files=count)
    print(f"{count} files in {out}. Begin with {out / 'README.md'}.")
