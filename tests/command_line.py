"""``tocsin`` inside this process: ``CliRunner().invoke(app, …)`` with the tree of commands built once.

Typer would build all hundred commands anew for every line.
"""

from functools import cache
from typing import Any

import typer
import typer.main

from config.cli import main
from config.cli.base import Root


@cache
def _tree() -> Any:
    return typer.main.get_command(main.app)


class _Built(Root):
    """Stands where Typer makes the root of the tree, and gives it the one there is."""

    def __new__(cls, **_: Any) -> Any:
        return _tree()


app = typer.Typer(cls=_Built, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.callback()(main.root)
