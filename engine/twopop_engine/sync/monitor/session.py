"""One stream from its first message to its last: what the process of a live monitor does."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from twopop.errors import OptionInvalid
from twopop.v1 import sync_pb2
from twopop_engine.faces.nets import FaceNets
from twopop_engine.media.frames import Frame
from twopop_engine.runtime.models import model_errors, model_store
from twopop_engine.sync.lipsync.model import load_towers
from twopop_engine.sync.meter import DETECTOR, MESH
from twopop_engine.sync.monitor import wire
from twopop_engine.sync.monitor.play import Player
from twopop_engine.sync.monitor.portrait import Portrait
from twopop_engine.sync.monitor.stream import Monitor, Start


class Session:
    """Takes a client's messages one by one."""

    def __init__(self, start: Start) -> None:
        """Loads the model; the face networks are loaded when the first picture comes.

        Args:
            start: How the stream begins.

        Raises:
            ModelMissing: The weights are not here; the message says how to get them.
            ModelUnreadable: They are not what they must be.
        """
        self._monitor = Monitor(load_towers(model_store()), start)
        self._portrait: Portrait | None = None
        self._took_s: list[float] = []

    def take(self, request: sync_pb2.MonitorRequest, arrived_s: float) -> sync_pb2.MonitorUpdate | None:
        """Takes a message.

        Args:
            request: Sound, a picture or landmarks.
            arrived_s: When it came, by `time.monotonic`.

        Returns:
            The answer, when one is due.

        Raises:
            OptionInvalid: A message that cannot be used.
            ModelMissing: The face networks are not here; the message says how to get them.
        """
        part = request.WhichOneof("part")
        if part == "sound":
            self._monitor.hear(*wire.sound_from_wire(request.sound))
        elif part == "landmarks":
            self._monitor.see_points(*wire.points_from_wire(request.landmarks))
        elif part == "picture":
            time_s, picture = wire.picture_from_wire(request.picture)
            points, is_same = self._face.see_picture(time_s, picture)
            self._monitor.see_points(time_s, points, is_same=is_same)
        else:
            problem = "comes once, at the begin" if part else "is empty"
            raise OptionInvalid.of(part or "request", problem)
        return self._answer(arrived_s, 0)

    def play(self, player: Player) -> Iterator[sync_pb2.MonitorUpdate]:
        """Plays a file through the monitor.

        Args:
            player: Plays it.

        Yields:
            The answers.

        Raises:
            ModelMissing: The face networks are not here; the message says how to get them.
        """
        face = self._face
        for part in player.parts():
            arrived_s = time.monotonic()
            if isinstance(part.content, Frame):
                points, is_same = face.see(part.content)
                self._monitor.see_points(part.time_s, points, is_same=is_same)
            else:
                self._monitor.hear(part.time_s, part.content)
            answer = self._answer(arrived_s, player.skipped_count)
            if answer is not None:
                yield answer

    @property
    def _face(self) -> Portrait:
        if self._portrait is None:
            with model_errors():
                store = model_store()
                detector, mesh = store.path(*DETECTOR), store.path(*MESH)
            self._portrait = Portrait(FaceNets.load(detector, mesh))
        return self._portrait

    def _answer(self, arrived_s: float, dropped_count: int) -> sync_pb2.MonitorUpdate | None:
        update = self._monitor.update()
        self._took_s.append(time.monotonic() - arrived_s)
        if update is None:
            return None
        processing_s, self._took_s = statistics.median(self._took_s), []
        return wire.update_to_wire(update, processing_s, dropped_count)


def play_file(message: sync_pb2.MonitorStart) -> Iterator[sync_pb2.MonitorUpdate]:
    """Plays the file of a start through a monitor of its own.

    Args:
        message: The start; it names a file.

    Yields:
        The answers.

    Raises:
        InputError: The file cannot be read, has no picture or no sound, or models are missing.
    """
    player = Player(Path(message.path), message.speed)
    try:
        start = replace(wire.start_from_wire(message), sample_rate_hz=player.rate_hz)
        yield from Session(start).play(player)
    finally:
        player.close()
