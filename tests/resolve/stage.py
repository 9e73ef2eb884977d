"""The engine that knows the truth, with rendered files that exist: silence of the right length, with a bext chunk."""

from __future__ import annotations

import struct
from pathlib import Path

from shoot import Camera, Recorder, Shoot
from twopop.v1 import media_pb2, report_pb2
from twopop_client.connection import Watch


class Stage(Shoot):
    @classmethod
    def with_files(cls, *files: Camera | Recorder) -> Stage:
        shoot = Shoot.of(*files)
        return cls(shoot.cameras, shoot.recorders)

    def _rendered(self, folder: str, item: media_pb2.RenderItem) -> media_pb2.RenderedFile:
        file = super()._rendered(folder, item)
        write_bwf(Path(file.path), file.sample_rate_hz, file.sample_count, file.time_reference)
        return file

    def write_report(self, request: report_pb2.ReportRequest, watch: Watch | None = None) -> report_pb2.ReportResult:
        self._begin("report", watch)
        Path(request.output_path).write_text(request.title)
        return report_pb2.ReportResult()


def write_bwf(path: Path, rate_hz: int, count: int, time_reference: int) -> None:
    """Mono silence, 16 bit."""
    form = struct.pack("<HHIIHH", 1, 1, rate_hz, rate_hz * 2, 2, 16)
    bext = b"".join((bytes(338), struct.pack("<Q", max(0, time_reference)), bytes(256)))
    chunks = [(b"bext", bext), (b"fmt ", form), (b"data", bytes(count * 2))]
    body = b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)
