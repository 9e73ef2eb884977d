"""The Report service."""

from __future__ import annotations

import grpc

from twopop.v1 import operations_pb2, report_pb2, report_pb2_grpc
from twopop_engine.services.starter import JobStarter


class ReportService(report_pb2_grpc.ReportServicer):
    """The report, drawn as an operation."""

    def __init__(self, jobs: JobStarter) -> None:
        self._jobs = jobs

    def Write(self, request: report_pb2.ReportRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Draws the page."""
        return self._jobs.start(request)
