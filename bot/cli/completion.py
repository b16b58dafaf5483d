"""``warroom completion``."""

from typing import Annotated, Literal

import typer


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Your shell.")],
) -> None:
    """Print a completion script. Example: warroom completion bash > ~/.warroom-completion"""
    from bot.cli import COMMANDS

    names = " ".join(COMMANDS)
    scripts = {
        "bash": f"complete -W '{names}' warroom",
        "zsh": f"compdef '_values command {names}' warroom",
        "fish": f"complete -c warroom -f -n __fish_use_subcommand -a '{names}'",
    }
    print(scripts[shell])
