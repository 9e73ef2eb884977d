"""A file's picture and sound, from decoding to the verdict."""

from __future__ import annotations

from pathlib import Path

from twopop_engine.sync.assess.answer import VideoAnswer
from twopop_engine.sync.assess.options import AssessModels, AssessOptions, Report


def assess_video(path: Path, models: AssessModels, options: AssessOptions, report: Report) -> VideoAnswer:
    """Measures whether a file's sound fits its picture.

    Args:
        path: The file.
        models: What measures.
        options: What was chosen.
        report: Takes the progress; what it raises ends the work.

    Returns:
        The answer; that there is no sound, no picture or no face is one too.

    Raises:
        MediaNotFound: No such file.
        MediaUnreadable: A folder, empty, cut short, or no media at all.
        OptionInvalid: No standard of that name.
    """
    raise NotImplementedError
