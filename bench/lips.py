"""Measures the default model of lip sync on real clips: offsets, the shift test and the negative controls.

    python bench/lips.py MEDIA [--weights FOLDER] [--maps FOLDER] [--clips NAME,...] [--out FILE.md]

MEDIA is the folder of the shared test media. The sound is moved by whole samples in memory, which is what an exact
remux does (tests/media/test_shift.py). Clips that were trained on are marked. `--weights` takes other towers, `--maps`
writes score maps for `bench/assess.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from lips_baselines import envelope_offset, ridge_offset, ridge_weights
from numpy.typing import NDArray

from twopop_engine.faces.face import Face
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.runtime.models import model_store
from twopop_engine.sync.assess.answer import SpeakerAnswer
from twopop_engine.sync.assess.cast import Cast
from twopop_engine.sync.assess.confidence import calibration
from twopop_engine.sync.assess.estimate import estimate
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.assess.reasons import FaceFacts
from twopop_engine.sync.assess.sound import RATE_HZ, FileSound
from twopop_engine.sync.assess.speakers import Heard, Judge, speaker_answers
from twopop_engine.sync.lipsync.model import LIPS_FILE, MODEL_ID, SOUND_FILE, LipScorer, LipSync, load_model
from twopop_engine.sync.lipsync.towers import Towers

TRAINED = ("grid_bbaf2n", "grid_brbk7n", "grid_lbax4n", "grid_lrwp9a", "retalking_2", "retalking_3", "latentsync_1")
SHIFTS_MS = range(-400, 401, 40)
TRUTH_MS = {
    "syncnet_example": 120.0,
    **dict.fromkeys(("grid_bbaf2n", "grid_brbk7n", "grid_lbax4n", "grid_lrwp9a"), 0.0),
}
TRUTH_MS |= dict.fromkeys(("grid_lwbsza", "grid_sbia1a", "grid_sbwe5n"), 0.0)
AGREED_MS = {"latentsync_1": 0.0, "retalking_3": -30.0}
"""Offsets that nobody published, but on which towers agree that never saw the clip; for calibration only."""

LONG_S = 8.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ArraySound:
    """Sound in memory, a `MonoSound`.

    Attributes:
        samples: At 16 kHz.
        delay: Samples of silence before it; negative: cut from its head.
    """

    samples: Floats
    delay: int = 0

    @property
    def length(self) -> int:
        """Samples from zero to the end."""
        return max(0, len(self.samples) + self.delay)

    def read(self, start: int, count: int) -> Floats:
        """Samples [count] from one on."""
        out = np.zeros(count, np.float32)
        begin, end = max(start, self.delay, 0), min(start + count, self.length)
        if begin < end:
            out[begin - start : end - start] = self.samples[begin - self.delay : end - self.delay]
        return out


@dataclass(frozen=True)
class Talk:
    """A clip: its faces, the same with the mouth of the first frame all through, and its sound."""

    name: str
    faces: list[tuple[FaceFacts, LipScorer]]
    still: list[tuple[FaceFacts, LipScorer]]
    sound: Floats
    judge: Judge
    duration_s: float

    def answer(self, sound: ArraySound, *, still: bool = False) -> SpeakerAnswer | None:
        """What is said of the clip's longest face with a sound."""
        faces = self.still if still else self.faces
        heard = [Heard(facts, Field.of(scorer.score(sound)[0]), None) for facts, scorer in faces]
        answers = speaker_answers(heard, self.judge)
        return max(answers, key=lambda one: one.seen.stop_s - one.seen.start_s, default=None)

    def best_lag_s(self, sound: ArraySound) -> float:
        """The best lag of the longest face, sure or not."""
        _, scorer = max(self.faces, key=lambda part: part[0].seen_s)
        found = estimate(Field.of(scorer.score(sound)[0]))
        return np.nan if found is None else found.peak.lag_s


def read_talk(path: Path, nets: FaceNets, model: LipSync) -> Talk:
    """Reads a clip once."""
    rate = probe(path).video[0].frame_rate
    cast, frozen, tracker = Cast(model.scorer), Cast(model.scorer), FaceTracker(nets)
    first: dict[int, Face] = {}
    with open_video(path) as reader:
        for frame in reader.frames():
            found = tracker.see(frame)
            cast.see(frame, found)
            frozen.see(frame, replace(found, faces=tuple(first.setdefault(face.track, face) for face in found.faces)))
    with open_audio(path) as source:
        sound = FileSound(source)
        samples = sound.read(0, sound.length)
    judge = Judge(calibration(MODEL_ID), MODEL_ID, "ebu-r37", Fraction(rate), with_evidence=False)
    parts, still = cast.parts(), frozen.parts()
    seen_s = max((facts.seen_s for facts, _ in parts), default=0.0)
    return Talk(path.stem, parts, still, samples, judge, seen_s)  # type: ignore[arg-type]


def controls(talk: Talk, others: Mapping[str, Floats], music: Floats) -> Iterator[tuple[str, ArraySound]]:
    """Sounds that do not belong to a clip's lips."""
    count = len(talk.sound)
    for name, other in others.items():
        yield f"sound of {name}", ArraySound(np.resize(other, count))
    yield "reversed", ArraySound(talk.sound[::-1].copy())
    yield "silence", ArraySound(np.zeros(count, np.float32))
    yield "music", ArraySound(np.resize(music, count))


def main() -> None:
    """Measures and prints."""
    options = _options()
    store = model_store()
    detector = store.path("faces.blazeface-full.v1", "face_detection_full_range_sparse.tflite")
    nets = FaceNets.load(detector, store.path("faces.mesh.v1", "face_landmark.tflite"))
    folder = options.weights
    model = LipSync(Towers(folder / LIPS_FILE, folder / SOUND_FILE)) if folder else load_model(store)
    paths = sorted((options.media / "talking").iterdir())
    wanted = set(options.clips.split(",")) if options.clips else {path.stem for path in paths}
    every = [read_talk(path, nets, model) for path in paths if path.stem in wanted or path.stem in TRAINED]
    talks = [talk for talk in every if talk.name in wanted]
    music = _read(options.media / "music" / "spleeter_example.mp3")
    strangers = {path.stem: _read(path) for path in sorted((options.media / "speech" / "librispeech_test").iterdir())}
    lines = [*_offsets(talks, every), "", *_shifts(talks), "", *_controls(talks, paths, music, strangers)]
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if options.maps:
        _write_maps(talks, paths, music, options.maps)


def _offsets(talks: list[Talk], every: list[Talk]) -> Iterator[str]:
    yield "| clip | trained on | truth, ms | offset, ms | confidence | answer | envelope, ms | ridge, ms |"
    yield "|---|---|---|---|---|---|---|---|"
    for talk in talks:
        weights = ridge_weights([other for other in every if other.name in TRAINED and other is not talk])
        told = talk.answer(ArraySound(talk.sound))
        truth = TRUTH_MS.get(talk.name)
        offset = "" if told is None or told.offset_s is None else f"{told.offset_s * 1e3:.0f}"
        yield (
            f"| {talk.name} | {'yes' if talk.name in TRAINED else 'no'} | {'' if truth is None else f'{truth:.0f}'} | "
            f"{offset} | {told.confidence if told else 0:.2f} | {told.reason or told.verdict if told else 'no face'} | "
            f"{envelope_offset(talk) * 1e3:.0f} | {ridge_offset(talk, weights) * 1e3:.0f} |"
        )


def _shifts(talks: list[Talk]) -> Iterator[str]:
    yield "| clip | trained on | length, s | steps told | told and right within 20 ms | best lag right, told or not |"
    yield "|---|---|---|---|---|---|"
    for talk in talks:
        sounds = [ArraySound(talk.sound, round(shift * RATE_HZ / 1000)) for shift in SHIFTS_MS]
        answers = [talk.answer(sound) for sound in sounds]
        told = [one.offset_s if one and one.offset_s is not None else np.nan for one in answers]
        right, given, best = (
            _moves_right(told),
            int(np.sum(np.isfinite(told))),
            _moves_right(map(talk.best_lag_s, sounds)),
        )
        trained = "yes" if talk.name in TRAINED else "no"
        count = len(SHIFTS_MS)
        row = (talk.name, trained, f"{talk.duration_s:.1f}", f"{given}/{count}", f"{right}/{count}", f"{best}/{count}")
        yield f"| {' | '.join(row)} |"


def _moves_right(offsets_s: Iterable[float]) -> int:
    """How many of the offsets, one for each shift, move as the sound was moved."""
    moved = np.array(list(offsets_s)) + np.array(SHIFTS_MS) / 1000
    return int(np.sum(np.abs(moved - np.nanmedian(moved)) <= 0.02)) if np.isfinite(moved).any() else 0


def _controls(talks: list[Talk], paths: list[Path], music: Floats, strangers: Mapping[str, Floats]) -> Iterator[str]:
    yield "| control | tries | told (wrongly) | cannot tell |"
    yield "|---|---|---|---|"
    sounds = {path.stem: _read(path) for path in paths}
    counts: dict[str, list[bool]] = {}
    for talk in talks:
        others = {name: sound for name, sound in sounds.items() if name != talk.name}
        tries = [*controls(talk, others, music), ("speech over a still face", ArraySound(talk.sound))]
        tries += [("LibriSpeech", ArraySound(np.resize(sound, len(talk.sound)))) for sound in strangers.values()]
        for kind, sound in tries:
            told = talk.answer(sound, still=kind.endswith("still face"))
            named = "sound of another clip" if kind.startswith("sound of") else kind
            counts.setdefault(named, []).append(bool(told and told.offset_s is not None))
    counts["all"] = [told for each in counts.values() for told in each]
    for kind, told_list in counts.items():
        wrong = sum(told_list)
        yield f"| {kind} | {len(told_list)} | {wrong} | {1 - wrong / len(told_list):.1%} |"


def _write_maps(talks: list[Talk], paths: list[Path], music: Floats, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sounds = {path.stem: _read(path) for path in paths}
    for talk in talks:
        others = {name: sound for name, sound in sounds.items() if name != talk.name}
        tries: list[tuple[str, ArraySound, int | None]] = [
            (f"moved {ms}", ArraySound(talk.sound, round(ms * RATE_HZ / 1000)), ms) for ms in range(-400, 401, 100)
        ]
        truth_ms = (TRUTH_MS | AGREED_MS).get(talk.name)
        tries = [] if truth_ms is None else tries
        tries += [(kind, sound, None) for kind, sound in controls(talk, others, music)]
        for kind, sound, shift_ms in tries:
            for facts, scorer in talk.faces:
                scores = scorer.score(sound)[0]
                truth_s = np.nan if shift_ms is None or truth_ms is None else (truth_ms - shift_ms) / 1000
                parts = {name: getattr(scores, name) for name in scores.__dataclass_fields__}
                np.savez(
                    folder / f"{talk.name} {facts.track} {kind}.npz",
                    allow_pickle=False,
                    truth_s=truth_s,
                    profile_share=facts.profile_share,
                    group=talk.name,
                    **parts,
                )


def _read(path: Path) -> Floats:
    with open_audio(path) as source:
        sound = FileSound(source)
        return sound.read(0, sound.length)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the default model of lip sync on real clips.")
    parser.add_argument("media", type=Path, help="folder of the shared test media")
    parser.add_argument("--weights", type=Path, help="folder with other towers")
    parser.add_argument("--maps", type=Path, help="where to write score maps")
    parser.add_argument("--clips", default="", help="names of clips, separated by commas; default: all")
    parser.add_argument("--out", type=Path, help="where to write the tables, as Markdown")
    return parser.parse_args()


if __name__ == "__main__":
    main()
