"""The Media service."""

from __future__ import annotations

import grpc

from twopop.v1 import media_pb2, media_pb2_grpc, operations_pb2
from twopop_engine.services.starter import JobStarter


class MediaService(media_pb2_grpc.MediaServicer):
    """Probing, scanning and rendering, each as an operation."""

    def __init__(self, jobs: JobStarter) -> None:
        self._jobs = jobs

    def Probe(self, request: media_pb2.ProbeRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Reads what each file holds."""
        return self._jobs.start(request)

    def Scan(self, request: media_pb2.ScanRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Finds the recordings in folders."""
        return self._jobs.start(request)

    def Render(self, request: media_pb2.RenderRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Renders stretches of recordings."""
        return self._jobs.start(request)
