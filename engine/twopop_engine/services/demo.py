"""The Demo service."""

from __future__ import annotations

import grpc

from twopop.v1 import demo_pb2, demo_pb2_grpc, operations_pb2
from twopop_engine.services.starter import JobStarter


class DemoService(demo_pb2_grpc.DemoServicer):
    """The demo's media, made as an operation."""

    def __init__(self, jobs: JobStarter) -> None:
        self._jobs = jobs

    def Make(self, request: demo_pb2.DemoRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Makes the demo's media."""
        return self._jobs.start(request)
