"""What is known of a model, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFile:
    """A file of weights or calibration.

    Attributes:
        name: Its name in the store, without a folder.
        size_bytes: Its length; 0 when it is not known.
        sha256: Its hash in 64 lower-case hexadecimal digits; empty when it is not known.
        sha256_prefix: How its hash begins, where that is all that is known.
        url: Where it can be fetched; empty when it rides in a wheel, or only a user can supply it.
        member: Its path inside the card's wheel.
    """

    name: str
    size_bytes: int
    sha256: str
    sha256_prefix: str = ""
    url: str = ""
    member: str = ""

    @property
    def known(self) -> str:
        """What is known of its hash: all of it, how it begins, or nothing, and then the user vouches for the file."""
        return self.sha256 or self.sha256_prefix


@dataclass(frozen=True)
class Wheel:
    """A wheel on the package index that carries files; it is never installed.

    Attributes:
        project: Its name on the index.
        version: Its version.
        platform: Its platform tag.
        python: Version of Python that it is for, without the dot.
        size_bytes: Its length.
        sha256: Its hash.
    """

    project: str
    version: str
    platform: str
    python: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class KnownAnswer:
    """What a model is known to say of some media.

    Attributes:
        media: The media's file.
        values: The figures, by name.
        tolerance: By how much each may differ.
    """

    media: ModelFile
    values: Mapping[str, float]
    tolerance: float


@dataclass(frozen=True)
class InputContract:
    """What a model takes; None where it does not care.

    Attributes:
        sample_rate_hz: Samples per second.
        frame_rate: Frames per second.
        crop_px: Side of the square picture that it looks at, in pixels.
        min_length_s: Shortest input, in seconds.
        max_length_s: Longest input at once, in seconds.
    """

    sample_rate_hz: int | None = None
    frame_rate: float | None = None
    crop_px: int | None = None
    min_length_s: float | None = None
    max_length_s: float | None = None


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model.

    Attributes:
        id: "family.tag".
        revision: Raised whenever the card changes in more than wording.
        task: What it does: "waveform-sync".
        summary: One sentence.
        license: Licence of the weights, an SPDX expression or "not stated".
        commercial_use: "yes", "no" or "not stated".
        terms: What those who may not use it for everything must know, in a sentence; empty when they may.
        source: Paper or standard.
        origin: Page or index that the files come from; empty when they ship with the package.
        synthetic: Whether what it makes must be marked as synthetic.
        files: What it needs to run, or to be converted from.
        converts_to: Names of the files that a conversion makes of `files` and that are then run instead.
        input: What it takes.
        wheel: What carries the files that have a `member`.
        known_answer: What it is verified on.
    """

    id: str
    revision: int
    task: str
    summary: str
    license: str
    commercial_use: str
    terms: str
    source: str
    origin: str
    synthetic: bool
    files: tuple[ModelFile, ...]
    converts_to: tuple[str, ...]
    input: InputContract
    wheel: Wheel | None
    known_answer: KnownAnswer | None

    @property
    def size_bytes(self) -> int:
        """Bytes of all its files, as far as they are known."""
        return sum(file.size_bytes for file in self.files)

    @property
    def is_free(self) -> bool:
        """Whether its weights may be used for everything; else the user must accept the licence."""
        return self.commercial_use == "yes"

    @property
    def ships(self) -> bool:
        """Whether its files come with the package."""
        return not self.origin
