"""The Sync service."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from twopop.v1 import operations_pb2, sync_pb2, sync_pb2_grpc
from twopop_engine.services.monitor import MonitorDesk
from twopop_engine.services.starter import JobStarter


class SyncService(sync_pb2_grpc.SyncServicer):
    """Sync between files and within them, each call an operation but for live streams."""

    def __init__(self, jobs: JobStarter, desk: MonitorDesk) -> None:
        self._jobs = jobs
        self._desk = desk

    def Match(self, request: sync_pb2.MatchRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Places files on a reference's clock."""
        return self._jobs.start(request)

    def Fix(self, request: sync_pb2.FixRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Copies a file with its sound moved."""
        return self._jobs.start(request)

    def Assess(self, request: sync_pb2.AssessRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Measures whether files' sound fits their picture."""
        return self._jobs.start(request)

    def Monitor(
        self, request_iterator: Iterator[sync_pb2.MonitorRequest], context: grpc.ServicerContext
    ) -> Iterator[sync_pb2.MonitorUpdate]:
        """Measures a running stream."""
        return self._desk.updates(request_iterator, context)
