"""Rendered files: sound, identity, names, reuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from wavinfo import WavInfoReader

from clips.encode import RATE_HZ, Picture, Sound, click_train, encode
from twopop.errors import OptionInvalid, StreamMissing
from twopop_engine.media.chunks import BroadcastExtension, parse_bext, read_chunk
from twopop_engine.media.ixml import Ixml, IxmlTrack, build_ixml, parse_ixml
from twopop_engine.media.render import RenderItem, render, rendered_path
from twopop_engine.media.segment import Segment
from twopop_engine.media.wav import SampleFormat, WavFormat, WavWriter

DRIFT_PPM = 60.0
START_S = 2.7182818
LENGTH_S = 20
CLICKS_S = np.arange(4.0, 20.0)
REFERENCE = 36000 * RATE_HZ


def pulse(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Band-limited clicks on the reference's clock, one at each whole second: Gaussians with a width of 2 samples."""
    distance = (times - np.round(times)) * RATE_HZ
    return np.asarray(0.5 * np.exp(-0.5 * (distance / 2) ** 2))


def chirp(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 100 Hz to 0.85 of Nyquist over the length of the file."""
    rise = (0.85 * RATE_HZ / 2 - 100) / (LENGTH_S + 4)
    return np.asarray(0.4 * np.sin(2 * np.pi * (100 * times + rise / 2 * times**2)))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four channels, 60 ppm fast, begun at START_S of the reference."""
    times = START_S + np.arange(LENGTH_S * RATE_HZ) / RATE_HZ / (1 + DRIFT_PPM / 1e6)
    names = ["MIX", "BOOM", "ANNA LAV", "BEN LAV"]
    samples = np.stack([pulse(times), chirp(times), -chirp(times), 0 * times]).astype(np.float32)
    ixml = Ixml(
        {
            "PROJECT": "Film",
            "SCENE": "12A",
            "TAKE": "3",
            "TAPE": "SR01",
            "NOTE": "wind",
            "SPEED/TIMECODE_RATE": "24000/1001",
            "SPEED/TIMECODE_FLAG": "NDF",
            "FILE_SET/FAMILY_UID": "u1",
            "BEXT/BWF_TIME_REFERENCE_LOW": "7",
        },
        tuple(IxmlTrack(i, i, name) for i, name in enumerate(names, 1)),
    )
    bext = BroadcastExtension("desc", "Rec", "REF", "2026-01-02", "10:00:00", REFERENCE, coding_history="A=PCM,F=48000")
    path = tmp_path_factory.mktemp("source") / "12A-T03.wav"
    with WavWriter(path, WavFormat(RATE_HZ, 4, SampleFormat.PCM_24), bext, build_ixml(ixml)) as writer:
        writer.write(samples)
    return path


def item(path: Path, **changes: object) -> RenderItem:
    whole = RenderItem(
        name="12A_T3 BOOM",
        path=path,
        stream_index=0,
        channel_index=1,
        segments=(Segment(0, LENGTH_S, START_S, DRIFT_PPM),),
        start=Fraction(1001, 1000),
        duration=Fraction(22),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def samples_of(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Samples [frames, channels] and their times on the reference's clock."""
    samples, rate = soundfile.read(path, always_2d=True)
    return samples, 1.001 + np.arange(len(samples)) / rate


def test_a_chirp_comes_back_on_the_reference_s_clock(recording: Path, tmp_path: Path) -> None:
    rendered = render(item(recording), tmp_path / "o.wav")
    samples, times = samples_of(rendered.path)
    inside = (times > START_S + 0.02) & (times < START_S + LENGTH_S - 0.02)  # the filters ring at the edges
    error = samples[inside, 0] - chirp(times[inside])
    assert 20 * np.log10(np.std(error) / np.std(chirp(times[inside]))) < -110
    assert not samples[times < START_S - 0.001].any()
    assert (rendered.sample_rate_hz, rendered.channel_count, rendered.sample_count) == (RATE_HZ, 1, 22 * RATE_HZ)


def test_clicks_land_within_a_hundredth_of_a_sample(recording: Path, tmp_path: Path) -> None:
    samples, times = samples_of(render(item(recording, channel_index=0), tmp_path / "o.wav").path)
    for click_s in CLICKS_S:
        near = np.abs(times - click_s) * RATE_HZ < 12
        position = np.sum(times[near] * samples[near, 0]) / np.sum(samples[near, 0])
        assert abs(position - click_s) * RATE_HZ < 0.01


@pytest.mark.parametrize("rate_hz", [44100, 96000])
def test_another_rate(recording: Path, tmp_path: Path, rate_hz: int) -> None:
    rendered = render(item(recording, channel_index=0, sample_rate_hz=rate_hz), tmp_path / "o.wav")
    samples, times = samples_of(rendered.path)
    assert len(samples) == 22 * rate_hz
    for click_s in CLICKS_S:
        near = np.abs(times - click_s) * RATE_HZ < 12
        position = np.sum(times[near] * samples[near, 0]) / np.sum(samples[near, 0])
        assert abs(position - click_s) * RATE_HZ < 0.01


def test_polarity_and_all_channels(recording: Path, tmp_path: Path) -> None:
    samples, _ = samples_of(render(item(recording, channel_index=-1), tmp_path / "all.wav").path)
    flipped, _ = samples_of(render(item(recording, invert_polarity=True), tmp_path / "flipped.wav").path)
    assert samples.shape[1] == 4
    assert np.array_equal(flipped[:, 0], -samples[:, 1])
    assert np.abs(samples[:, 1] + samples[:, 2]).max() < 2**-22


def test_integers_are_copied_bit_for_bit_and_floats_stay_floats(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    integers = rng.integers(-(2**23), 2**23, 48000)
    whole = (Segment(0, 1, 5.5),)
    for name, subtype, data in (("i", "PCM_24", integers / 2**23), ("f", "FLOAT", rng.uniform(-3, 3, 48000))):
        soundfile.write(tmp_path / f"{name}.wav", data, RATE_HZ, subtype=subtype)
        rendered = render(
            item(tmp_path / f"{name}.wav", channel_index=0, segments=whole, start=Fraction(5), duration=Fraction(2)),
            tmp_path / f"{name}_out.wav",
        )
        assert soundfile.info(rendered.path).subtype == subtype
        assert np.array_equal(soundfile.read(rendered.path)[0][24000:72000], data.astype(np.float32))


class TestIdentity:
    def test_it_is_carried_and_rebased(self, recording: Path, tmp_path: Path) -> None:
        rendered = render(item(recording, track_name="BOOM 2"), tmp_path / "o.wav")
        # The first sample stands before the recording began: 1.001 - START_S on the reference's clock.
        offset = (Fraction(1001, 1000) - Fraction(START_S)) * (1 + Fraction(DRIFT_PPM) / 10**6)
        assert rendered.time_reference == round(REFERENCE + offset * RATE_HZ)
        found = WavInfoReader(str(rendered.path))
        assert found.bext.time_reference == rendered.time_reference
        assert (found.bext.originator, found.bext.originator_date) == ("Rec", "2026-01-02")
        assert found.bext.coding_history.splitlines() == ["A=PCM,F=48000", "A=PCM,F=48000,W=24,M=mono,T=twopop"]
        assert (found.ixml.project, found.ixml.scene, found.ixml.take, found.ixml.tape) == ("Film", "12A", "3", "SR01")
        assert [track.name for track in found.ixml.track_list] == ["BOOM 2"]
        ixml = parse_ixml(read_chunk(rendered.path, b"iXML") or b"")
        assert ixml is not None
        assert ixml.text("SPEED/TIMECODE_RATE") == "24000/1001"
        assert ixml.number("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") == rendered.time_reference
        assert ixml.text("HISTORY/ORIGINAL_FILENAME") == "12A-T03.wav"
        assert not ixml.text("FILE_SET/FAMILY_UID")
        assert not ixml.text("BEXT/BWF_TIME_REFERENCE_LOW")

    def test_the_source_s_track_names(self, recording: Path, tmp_path: Path) -> None:
        rendered = render(item(recording, channel_index=-1), tmp_path / "o.wav")
        ixml = parse_ixml(read_chunk(rendered.path, b"iXML") or b"")
        assert ixml is not None
        assert [track.name for track in ixml.tracks] == ["MIX", "BOOM", "ANNA LAV", "BEN LAV"]

    def test_at_another_rate_the_timestamp_counts_in_it(self, recording: Path, tmp_path: Path) -> None:
        rendered = render(item(recording, sample_rate_hz=96000, start=Fraction(START_S) + 1), tmp_path / "o.wav")
        offset = 1 + Fraction(DRIFT_PPM) / 10**6
        assert rendered.time_reference == round((36000 + offset) * 96000)

    def test_before_midnight(self, recording: Path, tmp_path: Path) -> None:
        rendered = render(item(recording, start=Fraction(-40000), duration=Fraction(1, 10)), tmp_path / "o.wav")
        assert rendered.time_reference is not None
        assert 0 <= rendered.time_reference < 86400 * RATE_HZ

    def test_a_camera_s_timecode(self, tmp_path: Path) -> None:
        for text, expected in (("10:00:00:00", 36000 * RATE_HZ), ("00:00:00:00", None)):
            path = encode(
                tmp_path / f"{text[:2]}.mov", [Sound(click_train(2), "pcm_s16le")], Picture(tags={"timecode": text})
            )
            source = item(
                path, stream_index=1, channel_index=0, segments=(Segment(0, 2, 7),), start=Fraction(7), duration=1
            )
            rendered = render(source, tmp_path / f"{text[:2]}.wav")
            assert rendered.time_reference == expected
            bext = parse_bext(read_chunk(rendered.path, b"bext") or b"")
            assert (bext.time_reference if bext else None) == expected


class TestNames:
    def test_the_key_covers_everything(self, recording: Path) -> None:
        base = item(recording)
        changes: Sequence[dict[str, object]] = (
            {"start": Fraction(1)},
            {"duration": Fraction(3)},
            {"channel_index": 2},
            {"stream_index": 1},
            {"segments": ()},
            {"segments": (replace(base.segments[0], drift_ppm=60.0001),)},
            {"sample_rate_hz": 44100},
            {"track_name": "X"},
            {"invert_polarity": True},
        )
        paths = {rendered_path(item(recording, **change), "digest", Path("/o")) for change in changes}
        paths |= {rendered_path(base, "digest", Path("/o")), rendered_path(base, "other", Path("/o"))}
        assert len(paths) == len(changes) + 2
        # A moved file is the same sound.
        assert rendered_path(item(Path("/elsewhere.wav")), "digest", Path("/o")) in paths

    @pytest.mark.parametrize(
        ("name", "stem"),
        [
            ("12A/3: BOOM?", "12A_3_ BOOM_"),
            ("..\\..\\x", "_.._x"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("con", "_con"),
            ("", "_"),
            ("ü" * 300, "ü" * 90),
            ("a\nb\0c", "a_b_c"),
        ],
    )
    def test_names_that_file_systems_refuse(self, recording: Path, name: str, stem: str) -> None:
        path = rendered_path(item(recording, name=name), "digest", Path("/o"))
        assert path.parent == Path("/o")
        assert path.stem.rsplit("-", 1)[0] == stem

    def test_a_finished_file_is_used_again(self, recording: Path, tmp_path: Path) -> None:
        target = tmp_path / "o.wav"
        assert not render(item(recording), target).reused
        stamp = target.stat().st_mtime_ns
        assert render(item(recording), target).reused
        assert target.stat().st_mtime_ns == stamp
        target.write_bytes(target.read_bytes()[:-100])
        assert not render(item(recording), target).reused
        assert target.stat().st_size > 22 * RATE_HZ * 3


class TestBadItems:
    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"duration": Fraction(0)}, "range: .*there is nothing to render"),
            ({"duration": Fraction(-1)}, "range: .*there is nothing to render"),
            ({"sample_rate_hz": -5}, "sample_rate_hz: .*is no sample rate"),
            ({"segments": (Segment(0, 0, 0),)}, "segments: .*not a straight piece of a map"),
            ({"segments": (Segment(0, 5, 0, -1e6),)}, "segments: .*not a straight piece of a map"),
            ({"segments": (Segment(0, float("nan"), 0),)}, "segments: .*not a straight piece of a map"),
            ({"segments": (Segment(0, 5, float("inf")),)}, "segments: .*not a straight piece of a map"),
        ],
    )
    def test_refused_with_a_reason(
        self, recording: Path, tmp_path: Path, change: dict[str, object], problem: str
    ) -> None:
        with pytest.raises(OptionInvalid, match=problem):
            render(item(recording, **change), tmp_path / "o.wav")
        assert not list(tmp_path.iterdir())

    def test_no_such_channel(self, recording: Path, tmp_path: Path) -> None:
        with pytest.raises(StreamMissing, match=r"has no audio \(channel 9 of 4\) stream"):
            render(item(recording, channel_index=8), tmp_path / "o.wav")

    def test_stopping_leaves_nothing(self, recording: Path, tmp_path: Path) -> None:
        def stop(fraction: float) -> None:
            if fraction > 0.2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            render(item(recording), tmp_path / "o.wav", stop)
        assert not list(tmp_path.iterdir())
