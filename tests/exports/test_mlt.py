"""Projects in MLT XML, played by melt: the frame that is seen and the sample that is heard."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import otio_files as files
from exports.footage import RATES, brightness, clicks, film, frames, gap, shot
from exports.melting import Melted, melt
from renderer import exact_rate
from twopop_otio.exports import Exported, export
from twopop_otio.timeline import read

OFTEN = (23.976, 25.0, 29.97, 50.0)
EVERY_RATE = [pytest.param(rate, marks=() if rate in OFTEN else pytest.mark.slow) for rate in RATES]
SECOND = 48000


def exported(root: files.Json, folder: Path) -> Exported:
    return export(read(files.save(root, folder / "cut.otio")), "mlt", folder / "cut.mlt")


def played(root: files.Json, folder: Path) -> Melted:
    return melt(exported(root, folder).path, folder)


def kinds(done: Exported) -> set[str]:
    return {loss.kind for loss in done.losses}


def sample(position_frames: Fraction | int, rate: float) -> Fraction:
    return Fraction(position_frames) / exact_rate(rate) * SECOND


def sound(name: str, media: Path, rate: float, first: int, length: int, seconds: int, **more: object) -> files.Json:
    """A clip of a WAV file that begins at a whole frame."""
    whole = seconds * exact_rate(rate)
    source = files.span(frames(first, rate), frames(length, rate), rate)
    made = files.clip(name, str(media), source, files.span(Fraction(0), whole / exact_rate(rate), rate))
    return made | dict(more)


@pytest.mark.parametrize("rate", EVERY_RATE)
def test_every_frame_and_click_lands_where_it_was_cut(tmp_path: Path, rate: float) -> None:
    picture, wav = film(tmp_path / "a.mov", rate), clicks(tmp_path / "a.wav", 4, [40000, 80000])
    root = files.timeline(
        files.track("V1", "Video", gap(7, rate), shot("a", picture, rate, 5, 10, label=1000), gap(3, rate),
                    shot("b", picture, rate, 20, 12, label=1000)),
        files.track("V2", "Video", gap(9, rate), shot("over", picture, rate, 40, 2)),
        files.track("A1", "Audio", gap(7, rate), sound("s", wav, rate, 15, round(3.2 * rate), 4)),
        rate=rate, start_s=Fraction(3600),
    )  # fmt: skip
    done = played(root, tmp_path)
    expected = [0] * 7 + [brightness(n) for n in range(5, 15)] + [0] * 3 + [brightness(n) for n in range(20, 32)]
    expected[9:11] = [brightness(40), brightness(41)]
    assert [number for number, bright in enumerate(expected) if not done.shows(number, bright)] == []
    shift = sample(7 - 15, rate)
    assert [click for click in done.clicks() if min(abs(click - at - shift) for at in (40000, 80000)) > 1] == []
    assert len(done.clicks()) == 2


@pytest.mark.parametrize(
    ("speed", "numbers"),
    [(2.0, range(12, 32, 2)), (-1.0, range(21, 11, -1)), (-2.0, range(30, 10, -2)), (0.5, None)],
)
def test_retimed_and_reversed_clips_show_the_frames_of_their_stretch(
    tmp_path: Path, speed: float, numbers: range | None
) -> None:
    picture = film(tmp_path / "a.mov", 25.0)
    first = 12 if numbers else 18
    root = files.timeline(
        files.track("V1", "Video", gap(3, 25.0), shot("a", picture, 25.0, first, 10, speed=speed, label=90000)),
        rate=25.0,
    )  # fmt: skip
    done = played(root, tmp_path)
    shown = [bright / 5 for bright in done.picture[3:13]]
    truth = [float(number) for number in numbers] if numbers else [first + step / 2 for step in range(10)]
    allowed = 0.35 if numbers else 0.6  # at half speed either neighbour may be shown
    assert [want - number for number, want in zip(shown, truth, strict=True)] == pytest.approx([0.0] * 10, abs=allowed)


@pytest.mark.parametrize(("speed", "click", "within"), [(2.0, 40000, 32), (-1.0, 30000, 1)])
def test_retimed_sound_is_heard_at_its_time(tmp_path: Path, speed: float, click: int, within: int) -> None:
    """Twice as fast, melt's own resampling moves the click by a part of a millisecond."""
    wav = clicks(tmp_path / "a.wav", 2, [click])
    clip = shot("s", wav, 25.0, 12, 10, speed=speed, label=90000)
    done = played(files.timeline(files.track("A1", "Audio", gap(3, 25.0), clip), rate=25.0), tmp_path)
    in_file = Fraction(click, SECOND) * 25 - 12
    into = in_file / 2 if speed > 0 else 10 - in_file
    assert [abs(at - sample(3 + into, 25.0)) <= within for at in done.clicks()] == [True]


def test_dissolve_mixes_the_frames_on_both_sides(tmp_path: Path) -> None:
    one, two = film(tmp_path / "a.mov", 25.0), film(tmp_path / "b.mov", 25.0)
    root = files.timeline(
        files.track("V1", "Video", shot("a", one, 25.0, 0, 20), files.transition(frames(5, 25.0), 25.0),
                    shot("b", two, 25.0, 25, 20)),
        rate=25.0,
    )  # fmt: skip
    done = played(root, tmp_path)
    assert all(done.shows(number, brightness(number)) for number in range(15))
    assert all(done.shows(number, brightness(number + 5)) for number in range(25, 40))
    for number in range(15, 25):
        share = (number - 15) / 10
        mixed = (1 - share) * brightness(number) + share * brightness(number + 5)
        assert abs(done.picture[number] - mixed) <= 4, number


def test_sound_crossfades_and_plays_its_gain(tmp_path: Path) -> None:
    wav = clicks(tmp_path / "a.wav", 4, [48000, 72000])
    other = clicks(tmp_path / "b.wav", 4, [])
    loud = {"effects": [volume(-6.0)], "metadata": {"Resolve_OTIO": {"Link Group ID": 3}}}
    root = files.timeline(
        files.track("A1", "Audio", gap(5, 25.0), sound("a", wav, 25.0, 15, 25, 4, **loud),
                    files.transition(frames(5, 25.0), 25.0), sound("b", other, 25.0, 20, 25, 4)),
        rate=25.0,
    )  # fmt: skip
    done = melt(exported(root, tmp_path).path, tmp_path)
    at = 48000 + (5 - 15) * 1920
    heard = abs(done.sound[0, at - 1 : at + 2]).max()
    without = clicks_of(files.track("A1", "Audio", gap(5, 25.0), sound("a", wav, 25.0, 15, 25, 4)), tmp_path / "plain")
    assert heard / without == pytest.approx(10 ** (-6 / 20), rel=0.01)


def clicks_of(track: files.Json, folder: Path) -> float:
    """The loudest sample of one track."""
    folder.mkdir()
    return float(abs(played(files.timeline(track, rate=25.0), folder).sound[0]).max())


def volume(gain_db: float, keys: dict[str, float] | None = None) -> files.Json:
    """Resolve's volume block."""
    key_frames = {frame: {"Value": value, "Variant Type": "Double"} for frame, value in (keys or {}).items()}
    parameter = {"Parameter ID": "volume", "Parameter Value": gain_db, "Key Frames": key_frames}
    block = {"Effect Name": "Fairlight Clip Volume and Fades", "Enabled": True, "Parameters": [parameter], "Type": 62}
    return {"OTIO_SCHEMA": "Effect.1", "metadata": {"Resolve_OTIO": block}, "name": "", "effect_name": "Resolve Effect"}


def test_gain_keys_stand_at_frames_of_the_clip(tmp_path: Path) -> None:
    wav = clicks(tmp_path / "a.wav", 4, [20 * 1920 + 400, 30 * 1920 + 400])
    keyed = {"effects": [volume(0.0, {"0": 0.0, "9": 0.0, "10": -100.0, "40": -100.0})]}
    root = files.timeline(
        files.track("A1", "Audio", gap(5, 25.0), sound("a", wav, 25.0, 15, 40, 4, **keyed)),
        metadata=files.RESOLVE,
        rate=25.0,
    )
    assert played(root, tmp_path).clicks() == [10 * 1920 + 400]


def test_fade_from_black_and_disabled_clips(tmp_path: Path) -> None:
    picture = film(tmp_path / "a.mov", 25.0)
    root = files.timeline(
        files.track("V1", "Video", gap(10, 25.0), files.transition(frames(5, 25.0), 25.0),
                    shot("a", picture, 25.0, 25, 20), shot("off", picture, 25.0, 2, 5, enabled=False)),
        rate=25.0,
    )  # fmt: skip
    done = exported(root, tmp_path)
    shown = melt(done.path, tmp_path)
    assert shown.shows(5, 0) and abs(shown.picture[10] - brightness(25) / 2) <= 4
    assert shown.shows(15, brightness(30)) and shown.shows(31, 0)
    assert "disabled" in kinds(done)


def test_stills_and_mixed_rates_play_by_the_clock(tmp_path: Path) -> None:
    """A film at 50 in a timeline at 25 shows every second frame."""
    fast = film(tmp_path / "fast.mov", 50.0)
    clip = shot("fast", fast, 50.0, 10, 20, label=500)
    done = played(files.timeline(files.track("V1", "Video", gap(4, 25.0), clip), rate=25.0), tmp_path)
    assert [number for number in range(10) if not done.shows(4 + number, brightness(10 + 2 * number))] == []


def test_sub_frame_sound_is_rounded_and_said(tmp_path: Path) -> None:
    wav = clicks(tmp_path / "a.wav", 4, [40000])
    source = files.span(Fraction(30000, SECOND), Fraction(1), 48000.0)
    clip = files.clip("a", str(wav), source, files.span(Fraction(0), Fraction(4), 48000.0))
    done = exported(files.timeline(files.track("A1", "Audio", gap(5, 25.0), clip), rate=25.0), tmp_path)
    (loss,) = [loss for loss in done.losses if loss.kind == "sub_frame"]
    assert "media by -720.00 samples at 48 kHz" in loss.where[0]
    assert abs(melt(done.path, tmp_path).clicks()[0] - (5 * 1920 + 40000 - 30000 - 720)) <= 1
