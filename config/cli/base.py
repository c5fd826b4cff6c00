"""The shape of every command: an example in its help, ``--config``, ``--lang`` and ``--json`` wherever it stands."""

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from config.cli.context import Cli
from config.cli.language import Language
from incident.domain.errors import BadInput, TocsinError

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The tocsin.yaml to use (or TOCSIN_CONFIG)", show_default=False),
]
LangOption = Annotated[
    Language | None, typer.Option("--lang", help="Language of the output", show_default=False, case_sensitive=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data as JSON")]
As = Annotated[
    str, typer.Option("--as", envvar="TOCSIN_AS", metavar="PERSON", help="Who you are: an id of people.yaml")
]
IncidentId = Annotated[str, typer.Argument(metavar="INCIDENT", help="Number of the incident, like INC-2026-0001")]


PIPE_CLOSED = 141
"""What a shell sees of any program whose reader went away: 128 and SIGPIPE."""


class _Translated:
    """Help in the reader's language: the English text is the key, as everywhere."""

    help: str | None
    epilog: str | None
    params: list[Any]

    def translated(self, cli: Cli) -> Self:
        """A copy with help and the options' help in the reader's language; the command itself stays as it is."""
        shown = copy(self)
        shown.help = cli.t(self.help) if self.help else self.help
        shown.params = [_translated(param, cli) for param in self.params]
        return shown

    def get_help(self, ctx: Any) -> str:
        """Click's help with its own headings translated."""
        text: str = super().get_help(ctx)  # type: ignore[misc] # the other base class has it
        headings = {
            f"{name}:": ctx.find_object(Cli).t(f"{name}:") for name in ("Usage", "Arguments", "Options", "Commands")
        }
        lines = text.split("\n")
        return "\n".join(
            next((line.replace(old, new, 1) for old, new in headings.items() if line.startswith(old)), line)
            for line in lines
        )

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click's signature
        """The first line, whole: cutting Chinese by English words cuts it anywhere."""
        return (self.help or "").strip().partition("\n")[0]


class Command(_Translated, TyperCommand):
    """A command whose help is translated."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Click's help, translated."""
        TyperCommand.format_help(_shown(self, ctx), ctx, formatter)


class Group(_Translated, TyperGroup):
    """A group of commands whose help is translated."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Click's help, translated, the commands' first lines too."""
        cli, shown = ctx.find_object(Cli), _shown(self, ctx)
        shown.commands = {
            name: command.translated(cli) if isinstance(command, _Translated) else command
            for name, command in self.commands.items()
        }
        TyperGroup.format_help(shown, ctx, formatter)


C = TypeVar("C", Command, Group)


class Root(Group):
    """The whole program: knows the language before anything is parsed, and says errors in words."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Click's, with the language found from the line as typed."""
        cli = extra.setdefault("obj", Cli.start(args))
        for arg in args:
            if any("\ud800" <= character <= "\udfff" for character in arg):
                raise typer.BadParameter(cli.t("the command line is not valid UTF-8"))
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:  # the help page
            quiet_pipe()
            raise typer.Exit(PIPE_CLOSED) from None

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error made on purpose ends in one readable message and exit code 1."""
        cli = ctx.find_object(Cli)
        try:
            return super().invoke(ctx)
        except TocsinError as error:
            cli.fail(error)
            raise typer.Exit(1) from None
        except typer.TyperException as error:
            _wrong_use(cli, error)
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            quiet_pipe()
            raise typer.Exit(PIPE_CLOSED) from None
        except OSError as error:
            cli.fail(_refused(error))
            raise typer.Exit(1) from None


def _refused(error: OSError) -> BadInput:
    """What the operating system said no to, with what to do about it."""
    from incident.schema_faults import refusal

    why, remedy = refusal(error)
    return BadInput.at(error.filename, why, remedy=remedy) if error.filename else BadInput(why, remedy=remedy)


def group(help: str) -> typer.Typer:
    """A group of commands (``tocsin incident …``)."""
    return typer.Typer(cls=Group, help=help, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


def command(
    app: typer.Typer, name: str, *, example: str, data: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command. Its function takes a Cli first, then its own parameters; its docstring is its help.

    ``example`` is shown in the help. ``data`` adds ``--json``: the function prints by ``cli.data`` when ``cli.json``.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function).parameters.values())[1:]
        shared = [("config", ConfigOption, None), ("lang", LangOption, None)] + (
            [("json", JsonOption, False)] if data else []
        )

        def run(ctx: typer.Context, **values: Any) -> None:
            cli = ctx.find_object(Cli)
            assert cli is not None  # noqa: S101 - Root.make_context has put it there
            cli.config = values.pop("config") or cli.config
            cli.language = values.pop("lang") or cli.language
            cli.json = values.pop("json", False)
            function(cli, **values)

        parameters = [
            inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own),
            *(inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, annotation=a, default=d) for n, a, d in shared),
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # read by inspect.signature
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        app.command(name, cls=Command, help=inspect.cleandoc(function.__doc__ or ""), epilog=example)(run)
        return function

    return register


def quiet_pipe() -> None:
    """Nobody reads what we print any more: don't complain about it at the end of the process either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wrong_use(cli: Cli, error: Any) -> None:
    """Wrong use in the reader's language, with where to look it up. No arguments at all: the help itself."""
    from config.cli.sentences import in_language

    context = getattr(error, "ctx", None)
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(message, err=True)
        return
    cli.note(f"{cli.t('Error')}: {in_language(message, cli.t)}", style="red")
    if context is not None:
        cli.note(cli.t("Try '{help}' for help.").format(help=f"{context.command_path} --help"), style="")


def _shown(command: C, ctx: Any) -> C:
    """A copy for the help page: in the reader's language, the example under its heading."""
    cli = ctx.find_object(Cli)
    shown = command.translated(cli)
    shown.params = [_translated(param, cli) for param in command.get_params(ctx)]  # with --help, which is no param
    shown.add_help_option = False
    example = command.epilog
    if example and not example.startswith("\b"):
        lines: Sequence[str] = example.splitlines()
        shown.epilog = "\b\n" + cli.t("Example:") + "\n" + "\n".join(f"  {line}" for line in lines)
    return shown


def _translated(param: Any, cli: Cli) -> Any:
    if not getattr(param, "help", None):
        return param
    shown = copy(param)
    shown.help = cli.t(param.help)
    return shown
