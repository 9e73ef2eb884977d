"""The `twopop` command.

Exit codes: 0 every item got an answer (refusals are answers), 1 the one question asked was answered no, 2 bad usage or
input, 3 engine failure, 130 cancelled.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated, Any

import typer

import twopop
from twopop.errors import InputError, InternalFailure, OperationCancelled, TwopopError
from twopop_cli import engine, install, models, otio, resolve, sync
from twopop_cli.batch import batch
from twopop_cli.conform import conform
from twopop_cli.demo import demo
from twopop_cli.doctor import doctor
from twopop_cli.output import complain, write_json
from twopop_cli.undo import undo
from twopop_cli.watch import watch

UsageError: Any = typer.BadParameter.__mro__[1]  # typer does not export it, and where it comes from differs by version

app = typer.Typer(
    name="twopop",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Keeps sound and picture together inside the editor's own timeline.",
)
app.command()(demo)
app.command()(conform)
app.command()(undo)
app.command()(batch)
app.command()(watch)
app.command()(doctor)
app.add_typer(sync.app, name="sync")
app.add_typer(otio.app, name="otio")
app.add_typer(models.app, name="models")
app.add_typer(engine.app, name="engine")
app.add_typer(resolve.app, name="resolve")
app.add_typer(install.app, name="install")


def _show_version(asked: bool) -> None:
    if asked:
        print(f"twopop {twopop.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version and leave.")
    ] = False,
) -> None:
    """Holds the options that stand before any command."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: Those after the program's name; default: the process's own.

    Returns:
        The exit code.
    """
    words = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names and signs that a terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    try:
        return app(words, prog_name="twopop", standalone_mode=False) or 0
    except (KeyboardInterrupt, typer.Abort):
        return _fail(OperationCancelled("cancelled"), words)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the interpreter's last flush is quiet
        return 0
    except Exception as error:  # the boundary: whatever happens, people get a sentence
        if os.environ.get("TWOPOP_TRACEBACK"):
            raise
        return _fail(_as_ours(error), words)


def _as_ours(error: Exception) -> TwopopError:
    if isinstance(error, TwopopError):
        return error
    if isinstance(error, UsageError):
        command = error.ctx.command_path if error.ctx else "twopop"
        problem = error.format_message().strip().rstrip(".") or "a command is missing"
        return InputError(f"{problem}; `{command} --help` shows what is expected")
    return InternalFailure(
        f"a fault in twopop: {type(error).__name__}: {error}; TWOPOP_TRACEBACK=1 shows where it happened"
    )


def _fail(error: TwopopError, words: list[str]) -> int:
    if "--json" in words:
        write_json({"error": {"reason": error.reason, "message": error.message, "fields": dict(error.fields)}})
    complain(error.message)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
