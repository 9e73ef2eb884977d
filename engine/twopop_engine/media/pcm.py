"""Sample-accurate reading of sound from any file: libsndfile for plain sound files, FFmpeg for everything else."""

from __future__ import annotations

from pathlib import Path

import soundfile

from twopop_engine.media.chunks import RIFF_MAGIC, data_bytes_missing
from twopop_engine.media.container import check_file
from twopop_engine.media.decode import ContainerReader
from twopop_engine.media.reader import AudioReader, Waveform

__all__ = ["AudioReader", "Waveform", "open_audio"]

_PLAIN_MAGIC = (*RIFF_MAGIC, b"fLaC", b"FORM", b"riff")


class PlainReader(AudioReader):
    """Sound that libsndfile reads: WAV, RF64, FLAC, AIFF, W64."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = soundfile.SoundFile(path)
        self.rate_hz = self._file.samplerate
        self.channels = self._file.channels
        self.length = self._file.frames
        self.is_float = self._file.subtype in ("FLOAT", "DOUBLE")
        self.truncated = data_bytes_missing(path) > 0
        self._position = 0
        self._spare: ContainerReader | None = None

    def _fill(self, wanted: Waveform, start: int) -> None:
        if self._spare is None:
            try:
                self._fill_plainly(wanted, start)
                return
            except soundfile.LibsndfileError:  # a damaged frame of FLAC, which FFmpeg finds its way around
                self.truncated = True
                self._spare = ContainerReader(self.path, None)
        wanted[:] = self._spare.read(start, wanted.shape[1])

    def _fill_plainly(self, wanted: Waveform, start: int) -> None:
        if start != self._position:
            self._file.seek(start)
        samples = self._file.read(wanted.shape[1], dtype="float32", always_2d=True)
        self._position = start + len(samples)
        self.truncated |= len(samples) < wanted.shape[1]
        wanted[:, : len(samples)] = samples.T

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        if self._spare is not None:
            self._spare.close()


def open_audio(path: Path, stream_index: int | None = None) -> AudioReader:
    """Opens a stream of sound.

    Args:
        path: The file.
        stream_index: Index of the stream in the container; None means the first stream of sound.

    Returns:
        The reader; close it, or use it as a context manager.

    Raises:
        MediaNotFound: No such file.
        MediaUnreadable: A directory, empty, cut short, or no media at all.
        StreamMissing: No sound in it, or none at that index.
    """
    check_file(path)
    if stream_index in (None, 0) and _is_plain(path):
        try:
            reader = PlainReader(path)
            if reader.length:
                return reader
            reader.close()  # a recorder that lost its power leaves sizes of zero; FFmpeg reads on to the end
        except soundfile.LibsndfileError:
            pass  # FFmpeg knows more codecs and mends more headers
    return ContainerReader(path, stream_index)


def _is_plain(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in _PLAIN_MAGIC
