"""``askwire completion``: the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]


_HELP = """Print the completion script of SHELL.

\b
bash:  askwire completion bash > ~/.local/share/bash-completion/completions/askwire
zsh:   askwire completion zsh > "${fpath[1]}/_askwire"
fish:  askwire completion fish > ~/.config/fish/completions/askwire.fish
"""


@click.command("completion", help=_HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    root = ctx.find_root().command
    assert kind is not None, "the choices are click's own shells"  # noqa: S101 - states an invariant
    click.echo(kind(root, {}, "askwire", "_ASKWIRE_COMPLETE").source())
