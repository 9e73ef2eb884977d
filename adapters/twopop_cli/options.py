"""The options that every command which conforms takes, declared once, and the values that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from twopop.errors import OptionInvalid
from twopop.timing import snap_rate
from twopop_actions.action import Value
from twopop_actions.conform import CONFORM
from twopop_otio.opening import Opening

HELP = {option.name: option.help for option in CONFORM.options}

SoundFolders = Annotated[list[Path] | None, typer.Option("--sound", metavar="DIR", help=HELP["sound"])]
Recipe = Annotated[str, typer.Option("--recipe", help=HELP["recipe"])]
Handles = Annotated[float, typer.Option("--handles", metavar="SECONDS", help=HELP["handles"])]
OwnSound = Annotated[str, typer.Option("--own-sound", metavar="slip|mark|keep", help=HELP["own_sound"])]
Scratch = Annotated[str, typer.Option("--scratch", metavar="mute|disable|keep", help=HELP["scratch"])]

MediaFolders = Annotated[
    list[Path] | None,
    typer.Option("--media", metavar="DIR", help="Folder to look for missing media in; may be given more than once."),
]
TimelineName = Annotated[str | None, typer.Option("--timeline", metavar="NAME", help="Which of several in a file.")]
EdlRate = Annotated[
    str | None, typer.Option("--rate", metavar="FPS", help="Frame rate of an EDL: 25, 29.97, 24000/1001.")
]


WholeFrames = Annotated[
    bool | None,
    typer.Option(
        "--whole-frames/--sub-frames",
        help="Place on whole frames, as EDL, FCPXML, FCP7 XML and MLT need it; default: by the input's format.",
    ),
]


def opening_of(
    media: list[Path] | None, timeline: str | None, rate: str | None, whole_frames: bool | None = None
) -> Opening:
    """What was said of the timelines to read.

    Raises:
        OptionInvalid: The rate is no frame rate.
    """
    try:
        exact = snap_rate(float(Fraction(rate))) if rate is not None else None
    except (ValueError, ZeroDivisionError) as problem:
        raise OptionInvalid.of("--rate", f"{rate!r} is no frame rate, such as 25, 29.97 or 24000/1001") from problem
    return Opening(tuple(folder.absolute() for folder in media or ()), timeline, exact, whole_frames)


def conform_values(
    sound: list[Path] | None, recipe: str, handles: float, scratch: str, own_sound: str
) -> Mapping[str, Value | None]:
    """What was said on the command line, checked before anything long begins.

    Args:
        sound: Folders with recorder sound; None: not said.
        recipe: Steps, separated by commas.
        handles: Seconds of sound to render beyond the part used.
        scratch: What becomes of the camera's sound.
        own_sound: What becomes of a clip's own sound that is out of sync.

    Returns:
        Values as `Task.prepare` takes them; paths are absolute.

    Raises:
        OptionInvalid: A value is out of range or missing.
    """
    given: dict[str, Value | None] = {
        "recipe": recipe,
        "sound": tuple(str(folder.absolute()) for folder in sound or ()) or None,
        "handles": handles,
        "scratch": scratch,
        "own_sound": own_sound,
    }
    CONFORM.values(given)
    return given
