"""`python -m twopop_engine serve`: runs the engine.

Exit codes: 0 when it left in order, 3 when another engine serves the home, 1 when it could not start. The server is
imported late, since each worker process imports this module too.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from twopop.errors import TwopopError
from twopop.locations import Home

_IDLE_EXIT_S = 15 * 60.0
_LOG_LIMIT_BYTES = 4 << 20


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: Those after the program's name; default: the process's own.

    Returns:
        The exit code.
    """
    options = _parse(arguments)
    home = Home(options.home.expanduser().absolute()) if options.home else Home.default()
    try:
        home.make()
        _log_to(home)
        from twopop_engine.server import serve

        serve(home, unix=options.unix, idle_exit_s=options.idle_exit_s)
    except TwopopError as error:
        print(f"twopop engine: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"twopop engine: cannot serve {home.root}: {error}", file=sys.stderr)
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m twopop_engine", description="The twopop engine.")
    serve = parser.add_subparsers(required=True).add_parser("serve", help="serve until stopped or idle")
    serve.add_argument("--home", type=Path, help="the engine's folder (default: $TWOPOP_HOME, else the user's own)")
    serve.add_argument("--unix", action="store_true", help="listen on a Unix socket in the home, not on loopback TCP")
    serve.add_argument(
        "--idle-exit-s",
        type=_seconds,
        default=_IDLE_EXIT_S,
        help="seconds without a call or an operation after which it leaves (default %(default).0f); 0: never",
    )
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def _log_to(home: Home) -> None:
    """Logs to the home's file, which starts anew when it has grown long, and to a terminal if there is one."""
    path = home.log_file
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    handlers: list[logging.Handler] = [logging.FileHandler(path, encoding="utf-8")]
    if sys.stderr.isatty():
        handlers.append(logging.StreamHandler())
    logging.basicConfig(level=logging.INFO, handlers=handlers, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


if __name__ == "__main__":
    sys.exit(main())
