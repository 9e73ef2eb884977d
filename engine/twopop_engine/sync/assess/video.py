"""A file's picture and sound, from decoding to the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from twopop_engine.media.ahead import ahead
from twopop_engine.media.frames import open_video
from twopop_engine.media.info import MediaInfo, VideoStream
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.sync.assess.answer import Reason, Span, SpeakerAnswer, VideoAnswer
from twopop_engine.sync.assess.cast import Cast
from twopop_engine.sync.assess.confidence import calibration
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.assess.impacts import MODEL_ID as IMPACTS
from twopop_engine.sync.assess.impacts import impact_scores
from twopop_engine.sync.assess.motion import MotionMeter
from twopop_engine.sync.assess.options import AssessModels, AssessOptions, Report
from twopop_engine.sync.assess.reasons import SENTENCES
from twopop_engine.sync.assess.sound import FileSound
from twopop_engine.sync.assess.speakers import Heard, Judge, impact_answer, speaker_answers
from twopop_engine.sync.assess.standards import DEFAULT, tolerance
from twopop_engine.sync.assess.summary import summed_up

MOST_SPEAKERS = 8
"""Speakers that are answered for, by the time for which they are seen."""

_FIRST_OF = "of its {} streams of sound the first was measured; a fix moves all of them alike"
_PICTURE_SHARE = 0.9  # of the work
_SPEECHLESS: tuple[Reason, ...] = ("too_short", "no_speech", "turned_away", "small_face")


@dataclass(frozen=True)
class _Viewed:
    """What was seen of a file."""

    cast: Cast
    motion: MotionMeter
    span: Span


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
    tolerance(options.standard, Fraction(25))  # a wrong name is told before the work
    info = probe(path)
    if not info.video or not _has_sound(info, options.audio_stream):
        return _without_streams(info)
    picture = info.video[0]
    viewed = _view(path, picture, models, options, report)
    speakers = _listen(path, picture, viewed, models, options, report)
    report(1.0, "verdict")
    answer = summed_up(path, speakers, float(picture.frame_rate), viewed.span.stop_s - viewed.span.start_s)
    if len(info.audio) > 1 and options.audio_stream is None:
        return replace(answer, warnings=(*answer.warnings, _FIRST_OF.format(len(info.audio))))
    return answer


def _has_sound(info: MediaInfo, index: int | None) -> bool:
    return any(index in (None, stream.index) for stream in info.audio)


def _without_streams(info: MediaInfo) -> VideoAnswer:
    reason: Reason = "no_sound" if info.video else "no_picture"
    rate, duration = (float(info.video[0].frame_rate), float(info.video[0].duration)) if info.video else (0.0, 0.0)
    return VideoAnswer(info.path, "cannot_tell", reason, SENTENCES[reason], (), rate, duration)


def _view(path: Path, picture: VideoStream, models: AssessModels, options: AssessOptions, report: Report) -> _Viewed:
    """Looks at the pictures, once."""
    cast, motion, finder = Cast(models.sync.scorer), MotionMeter(), models.new_finder()
    start = picture.start if options.start is None else options.start
    stop = None if options.duration is None else start + options.duration
    length = max(options.duration or picture.start + picture.duration - start, Fraction(1, 100))
    last = start
    with open_video(path, picture.index) as reader, ahead(reader.frames(options.start, stop)) as frames:
        for frame in frames:
            report(_PICTURE_SHARE * min(max(float((frame.time - start) / length), 0.0), 1.0), "picture")
            cast.see(frame, finder.see(frame))
            motion.see(frame)
            last = frame.time
    end = float(last + 1 / picture.frame_rate) if last > start else float(start)
    return _Viewed(cast, motion, Span(float(start), end))


def _listen(
    path: Path, picture: VideoStream, viewed: _Viewed, models: AssessModels, options: AssessOptions, report: Report
) -> Sequence[SpeakerAnswer]:
    """Holds what was seen against the sound."""
    parts = viewed.cast.parts()
    heard: list[Heard] = []
    with open_audio(path, options.audio_stream) as reader:
        sound = FileSound(reader)
        for number, (facts, scorer) in enumerate(parts):
            report(_PICTURE_SHARE + (1 - _PICTURE_SHARE) * number / (len(parts) + 1), "sound")
            scores, lse = scorer.score(sound)
            heard.append(Heard(facts, Field.of(scores), lse))
        judge = _judge(models.sync.id, picture, options)
        speakers = _longest(speaker_answers(heard, judge))
        if all(speaker.reason in _SPEECHLESS for speaker in speakers):
            field = Field.of(impact_scores(viewed.motion.events(), sound))
            impact = impact_answer(field, viewed.span, _judge(IMPACTS, picture, options))
            if impact.offset_s is not None or not speakers:
                speakers = (*speakers, impact)
    return speakers


def _judge(model: str, picture: VideoStream, options: AssessOptions) -> Judge:
    standard = options.standard or DEFAULT
    return Judge(calibration(model), model, standard, picture.frame_rate, options.with_evidence)


def _longest(speakers: Sequence[SpeakerAnswer]) -> tuple[SpeakerAnswer, ...]:
    """The speakers seen for longest, by number."""
    longest = sorted(speakers, key=lambda one: one.seen.start_s - one.seen.stop_s)[:MOST_SPEAKERS]
    return tuple(sorted(longest, key=lambda one: one.track))
