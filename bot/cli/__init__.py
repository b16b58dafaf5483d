"""The command line. Only the command that is asked for is imported, so that --help is quick."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import typer

# Name: module, attribute, and what it is for.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("bot.cli.demo", "demo", "Try all of it with nothing: no Slack account, one process."),
    "serve": ("bot.cli.serve", "serve", "Serve Slack, the API and the console."),
    "init": ("bot.cli.config", "init", "Write a configuration to start from into a folder."),
    "check": (
        "bot.cli.config",
        "check",
        "Check the configuration: file:line:column of each fault.",
    ),
    "catalog": ("bot.cli.catalog", "app", "Blast radius, and importing other catalogues."),
    "doctor": ("bot.cli.doctor", "doctor", "Check the live set-up, and say what to do."),
    "slack": ("bot.cli.slack", "app", "The Slack app's manifest."),
    "db": ("bot.cli.db", "app", "Upgrade, check, back up and restore the database."),
    "incident": ("bot.cli.incident", "app", "Declare, list, show, note, resolve."),
    "oncall": ("bot.cli.oncall", "app", "Who is on call: now, next, at any time; gaps."),
    "timeline": ("bot.cli.timeline", "app", "Show, export and verify the record."),
    "tree": ("bot.cli.tree", "app", "Lint, test, draw and walk decision trees."),
    "slo": ("bot.cli.slo", "app", "Error budgets: status, forecast, what if; importing SLOs."),
    "probe": ("bot.cli.probe", "app", "What is looked at from outside, and looking now."),
    "gate": ("bot.cli.gate", "app", "May a service be changed? 0 go, 1 warn, 2 frozen, 3 unknown."),
    "window": ("bot.cli.window", "app", "Maintenance, freezes, peaks; what does not count."),
    "postmortem": ("bot.cli.postmortem", "app", "Export postmortems to Markdown."),
    "actions": ("bot.cli.actions", "app", "Action items and their reminders."),
    "token": ("bot.cli.token", "app", "Bearer tokens for machines."),
    "audit": ("bot.cli.audit", "app", "Verify the audit log."),
    "effects": ("bot.cli.effects", "app", "What could not be done outside, and trying again."),
    "deliveries": (
        "bot.cli.deliveries",
        "app",
        "Webhooks that wait or that nobody understood, and trying again.",
    ),
    "offline-kit": ("bot.cli.kit", "offline_kit", "All that people need without warroom."),
    "completion": ("bot.cli.completion", "completion", "Print the completion script of a shell."),
}


def build(wanted: str) -> typer.Typer:
    """The application with ``wanted`` imported and everything else named only."""
    app = typer.Typer(
        name="warroom",
        help="Incident command for teams that live in Slack. Try: warroom demo",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for name, (module, attribute, about) in COMMANDS.items():
        if name != wanted:
            app.command(name, help=about)(_nothing)
            continue
        found: Any = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=about)
        else:
            app.command(name)(found)
    return app


def main() -> None:
    """Run the command line. Exit 0 ok, 1 findings, 2 usage or refused, 3 unreachable."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    sys.exit(_run(build(wanted)))


def _run(app: Callable[[], Any]) -> int:
    from incidents.errors import Unavailable, WarroomError

    try:
        app()
    except Unavailable as error:
        print(f"warroom: {error}", file=sys.stderr)
        return 3
    except WarroomError as error:
        from bot.cli.wording import here

        print(f"warroom: {here(str(error))}", file=sys.stderr)
        return 2
    return 0


def _nothing() -> None:
    """Stands for a command that was not asked for."""
