"""Reading pictures by presentation time; frames are never counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType

import av.error
import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from twopop.errors import StreamMissing
from twopop_engine.media.container import clock_zero, only, open_container, pictures, time_base
from twopop_engine.media.planes import Affine, Planes, planes_of

Picture = NDArray[np.uint8]
"""Gray [height, width] or RGB [height, width, 3], as displayed: upright, 8 bits."""

_SEEK_GAIN_S = 2  # a shorter way ahead is decoded through
_PREROLL_S = Fraction(1, 10)
_UNSEEKABLE = ("mpeg",)  # program streams time their frames by guesses after a seek


@dataclass(frozen=True)
class Frame:
    """A frame and when it is shown.

    Attributes:
        time: Presentation time in seconds on the file's own clock, exact.
        is_key: Whether it decodes without others.
    """

    time: Fraction
    is_key: bool
    _image: VideoFrame

    def gray(self) -> Picture:
        """Luma [height, width], full range 0 to 255, upright."""
        return self._upright("gray")

    def rgb(self) -> Picture:
        """RGB [height, width, 3], 0 to 255, upright."""
        return self._upright("rgb24")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, upright."""
        return self._planes.size

    def reduced(self, width: int, height: int) -> Picture:
        """The whole frame, averaged to a size: RGB [height, width, 3], upright; much cheaper than `rgb`."""
        return self._planes.reduced(width, height)

    def window(self, matrix: Affine, size: tuple[int, int]) -> Picture:
        """A turned and scaled part of the frame; edges are continued beyond it.

        Args:
            matrix: From pixels of the answer to pixels of the upright frame [2, 3]; whole numbers are centres.
            size: Width and height of the answer.

        Returns:
            RGB [height, width, 3].
        """
        return self._planes.window(matrix, size)

    @cached_property
    def _planes(self) -> Planes:
        return planes_of(self._image)

    def _upright(self, layout: str) -> Picture:
        image = self._image.to_ndarray(format=layout)
        return np.ascontiguousarray(np.rot90(image, round(self._image.rotation / 90)), np.uint8)


class VideoReader:
    """A stream of pictures; for one thread at a time.

    Attributes:
        path: The file.
        truncated: Whether parts could not be decoded; known after they were read.
    """

    def __init__(self, path: Path, stream_index: int | None) -> None:
        self.path = path
        self.truncated = False
        self._stream_index = stream_index
        self._last: Frame | None = None
        self._ahead: Frame | None = None
        self._decoded: Iterator[Frame] = iter(())
        self._open()

    def _open(self) -> None:
        self._container = open_container(self.path)
        streams = [stream for stream in pictures(self._container) if self._stream_index in (None, stream.index)]
        if not streams:
            self._container.close()
            raise StreamMissing.at(str(self.path), "video")
        self._stream = streams[0]
        self._stream.thread_type = "AUTO"
        only(self._container, self._stream)
        self._zero = clock_zero(self._container)
        self._restart()

    def frames(self, start: Fraction | None = None, stop: Fraction | None = None) -> Iterator[Frame]:
        """Frames in order of presentation.

        Args:
            start: The first frame is the one on screen at this time; None means the first of the file.
            stop: Frames from this time on are left out; None means the end of the file.

        Yields:
            Frames; empty when the file ends before `start`.
        """
        if start is None:
            self._start_over()
            frame = self.next()
        else:
            frame = self.at(start)
        while frame is not None and (stop is None or frame.time < stop):
            yield frame
            frame = self.next()

    def first(self) -> Frame | None:
        """The first frame; None when none decodes."""
        self._start_over()
        return self.next()

    def next(self) -> Frame | None:
        """The frame after the last one that was read; None at the end."""
        frame = self._ahead if self._ahead is not None else next(self._decoded, None)
        self._ahead = None
        self._last = frame or self._last
        return frame

    def at(self, time: Fraction) -> Frame | None:
        """The frame on screen at a time: the last one that begins at or before it.

        Args:
            time: Seconds on the file's own clock.

        Returns:
            The frame; the first one for times before it, the last one after the end, None when none decodes.
        """
        if self._last is None or not self._last.time <= time <= self._last.time + _SEEK_GAIN_S:
            self._seek(time)
        shown = self._last
        while (frame := self.next()) is not None:
            if frame.time > time:
                if shown is None:
                    return frame
                self._ahead, self._last = frame, shown
                break
            shown = frame
        return shown

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _seek(self, time: Fraction) -> None:
        wanted = (time - _PREROLL_S + self._zero) / time_base(self._stream)
        if wanted > (self._stream.start_time or 0) and self._container.format.name not in _UNSEEKABLE:
            self._container.seek(wanted.__floor__(), stream=self._stream)
            self._restart()
            landed = self.next()
            if landed is not None and landed.time <= time:
                self._ahead, self._last = landed, None
                return
        self._start_over()

    def _start_over(self) -> None:
        """Opens the file again: a seek to the beginning does not always find it."""
        self._container.close()
        self._open()

    def _restart(self) -> None:
        self._last = self._ahead = None
        self._decoded = self._decode()

    def _decode(self) -> Iterator[Frame]:
        unit = time_base(self._stream)
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                for image in packet.decode():
                    if image.pts is not None:
                        yield Frame(image.pts * unit - self._zero, image.key_frame, image)
            except av.error.InvalidDataError:
                self.truncated = True
            except av.error.FFmpegError:
                self.truncated = True
                return


def open_video(path: Path, stream_index: int | None = None) -> VideoReader:
    """Opens a stream of pictures.

    Args:
        path: The file.
        stream_index: Index of the stream in the container; None means the first one that is not cover art.

    Returns:
        The reader; close it, or use it as a context manager.

    Raises:
        MediaNotFound: No such file.
        MediaUnreadable: A directory, empty, cut short, or no media at all.
        StreamMissing: No picture in it, or none at that index.
    """
    return VideoReader(path, stream_index)
