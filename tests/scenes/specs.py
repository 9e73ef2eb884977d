"""Random specs over the whole range of what must work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenes import clock, noise, speech
from scenes.codec import Codec
from scenes.pairs import Kind, Spec, Unrelated
from scenes.recorder import Cut, Layout, Side

_UNRELATED_SPEECH: tuple[Unrelated, ...] = ("other material", "same speaker", "same noise", "same hum")
_UNRELATED_MUSIC: tuple[Unrelated, ...] = ("other material", "same tempo", "same noise", "same hum")


def sample_specs(
    count: int, seed: int, split: speech.Split = "test", *, unrelated: bool = False, kinds: tuple[Kind, ...] = ()
) -> list[Spec]:
    """Draws specs: excerpts of 5 to 280 s in references of 30 s to 10 min.

    One side is noisy (-10 to 40 dB), reverberant (from -6 dB) and often band-limited and coded, the other close and
    clean; in one of four pairs the reference is the bad one. An excerpt of 20 s or more may extend past either end of
    the reference by up to half its length.

    Args:
        count: How many.
        seed: Of the draws; spec k is the same for every count.
        split: Which speakers.
        unrelated: Whether the two sides hear different events.
        kinds: What events; real speech (or synthetic, where the shared media is absent) and music when empty.

    Returns:
        The specs.
    """
    if not kinds:
        kinds = ("speech", "music") if speech.utterances(split) else ("synthetic", "music")
    stream = 2 if unrelated else 1
    return [_draw(np.random.default_rng([seed, stream, k]), split, unrelated, kinds) for k in range(count)]


def corner_specs(count: int, seed: int, split: speech.Split = "test") -> list[Spec]:
    """The hardest true pairs that must mostly match: 5 s at -10 dB; all else as `sample_specs` draws it."""
    corner = []
    for spec in sample_specs(count, seed + 1, split):
        sides = [
            replace(side, snr_db=-10.0) if side.snr_db == spec.snr_db else side for side in (spec.reference, spec.other)
        ]
        start_s = min(max(spec.start_s, 0.0), spec.reference_s - 5)
        corner.append(replace(spec, excerpt_s=5.0, start_s=start_s, reference=sides[0], other=sides[1]))
    return corner


def cut_specs(count: int, seed: int, split: speech.Split = "test") -> list[Spec]:
    """Long true pairs whose other pauses or loses sound one to three times, from 20 ms to 20 s."""
    broken = []
    for number, spec in enumerate(sample_specs(count, seed + 2, split)):
        rng = np.random.default_rng([seed, 3, number])
        excerpt_s = float(rng.uniform(120, 280))
        cuts: list[Cut] = []
        for _ in range(int(rng.integers(1, 4))):
            at_s = (cuts[-1].at_s if cuts else 0.0) + float(rng.uniform(8, 20))
            cuts.append(Cut(at_s, float(np.exp(rng.uniform(np.log(0.02), np.log(20))))))
        reference_s = max(spec.reference_s, excerpt_s + 10)
        start_s = float(rng.uniform(0, reference_s - excerpt_s))
        broken.append(replace(spec, excerpt_s=excerpt_s, reference_s=reference_s, start_s=start_s, cuts=tuple(cuts)))
    return broken


def _draw(rng: np.random.Generator, split: speech.Split, unrelated: bool, kinds: tuple[Kind, ...]) -> Spec:
    kind = kinds[rng.integers(len(kinds))]
    reference_s = float(np.exp(rng.uniform(np.log(30), np.log(600))))
    excerpt_s = float(np.exp(rng.uniform(np.log(5), np.log(min(280, reference_s)))))
    outside_s = excerpt_s / 2 if excerpt_s >= 20 and rng.random() < 0.25 else 0.0
    bad, good = _bad_side(rng), _good_side(rng)
    reference, other = (bad, good) if rng.random() < 0.25 else (good, bad)
    spec = Spec(
        seed=int(rng.integers(2**31)),
        kind=kind,
        split=split,
        reference_s=reference_s,
        excerpt_s=excerpt_s,
        start_s=float(rng.uniform(-outside_s, max(reference_s - excerpt_s + outside_s, -outside_s))),
        drift_ppm=_drift_ppm(rng),
        reference=reference,
        other=other,
    )
    return _made_unrelated(spec, rng) if unrelated else spec


def _bad_side(rng: np.random.Generator) -> Side:
    band = rng.choice([0.0, 3400.0, 4000.0, 8000.0], p=[0.4, 0.2, 0.2, 0.2])
    rate_hz = int(rng.choice([48000, 44100, 16000, 96000], p=[0.6, 0.2, 0.15, 0.05]))
    return Side(
        rate_hz=rate_hz,
        snr_db=float(rng.uniform(-10, 40)),
        noise=_noise_kind(rng),
        drr_db=float(rng.uniform(-6, 15)),
        rt60_s=float(rng.uniform(0.2, 0.9)),
        band_hz=float(band) or None,
        codec=_codec(rng, rate_hz),
        layout=_layout(rng),
        inverted=bool(rng.random() < 0.3),
        peak_db=float(rng.uniform(-30, -1)),
        clip_db=float(rng.uniform(0, 10)) if rng.random() < 0.2 else 0.0,
        gain_control=bool(rng.random() < 0.4),
    )


def _good_side(rng: np.random.Generator) -> Side:
    rate_hz = int(rng.choice([48000, 44100, 16000, 96000], p=[0.7, 0.1, 0.1, 0.1]))
    return Side(
        rate_hz=rate_hz,
        snr_db=float(rng.uniform(20, 45)),
        noise=_noise_kind(rng),
        drr_db=float(rng.uniform(3, 20)) if rng.random() < 0.6 else None,
        rt60_s=float(rng.uniform(0.15, 0.5)),
        codec=_codec(rng, rate_hz) if rng.random() < 0.3 else "wav",
        layout=_layout(rng),
        peak_db=float(rng.uniform(-20, -1)),
    )


def _noise_kind(rng: np.random.Generator) -> noise.NoiseKind:
    kinds = noise.KINDS if speech.utterances("test") else tuple(k for k in noise.KINDS if k != "recorded")
    return kinds[rng.integers(len(kinds))]


def _codec(rng: np.random.Generator, rate_hz: int) -> Codec:
    choices: list[Codec] = ["wav", "mp3", "aac"] if rate_hz <= 48000 else ["wav", "aac"]
    return choices[rng.integers(len(choices))]


def _layout(rng: np.random.Generator) -> Layout:
    layouts: tuple[Layout, ...] = ("mono", "stereo", "left only", "right only")
    return layouts[rng.choice(4, p=[0.6, 0.25, 0.075, 0.075])]


def _drift_ppm(rng: np.random.Generator) -> float:
    way = rng.random()
    if way < 0.2:
        return 0.0
    if way < 0.85:
        return float(rng.uniform(-100, 100))
    return clock.ppm_of(list(clock.PULLS.values())[rng.integers(len(clock.PULLS))])


def _made_unrelated(spec: Spec, rng: np.random.Generator) -> Spec:
    ways = _UNRELATED_MUSIC if spec.kind == "music" else _UNRELATED_SPEECH
    way = ways[rng.integers(len(ways))]
    spec = replace(spec, unrelated=way)
    if way == "same noise":
        return replace(spec, reference=replace(spec.reference, noise=spec.other.noise))
    if way == "same hum":
        hummed = [
            replace(side, noise="hum", snr_db=float(rng.uniform(-5, 15))) for side in (spec.reference, spec.other)
        ]
        return replace(spec, reference=hummed[0], other=hummed[1])
    return spec
