"""`completion`: the script with which a shell completes commands, options and names."""

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = (
    "relaykeeper completion bash > ~/.local/share/bash-completion/completions/relaykeeper",
    "relaykeeper completion zsh > ~/.zfunc/_relaykeeper",
    "relaykeeper completion fish > ~/.config/fish/completions/relaykeeper.fish",
    'eval "$(relaykeeper completion bash)"',
)


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="The shell.", show_default=False)],
) -> int:
    """Print the script that completes command lines.

    Write it to the file in the example of your shell, and begin a new shell. bash reads the file if the package
    bash-completion is installed; else put the last example into ~/.bashrc. zsh reads it if ~/.zshrc has, before
    compinit: fpath+=~/.zfunc. Commands, options and their values are completed, targets of the config file, and names
    in the inventory file; the app is not asked.
    """
    from relaykeeper.completion import script
    from relaykeeper.exit_codes import ExitCode
    from relaykeeper.help_text import NAME

    print(script(NAME, shell))
    return ExitCode.DONE
