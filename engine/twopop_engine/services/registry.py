"""Which job does the work of which RPC. Jobs are never named by the wire."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.message import Message

from twopop.v1 import demo_pb2, engine_pb2, media_pb2, models_pb2, report_pb2, sync_pb2


@dataclass(frozen=True)
class Capability:
    """An RPC that starts an operation.

    Attributes:
        method: "twopop.v1.Sync/Match".
        job: "module:function", imported in the workers only.
        request: What the RPC takes; each capability has its own class.
        result: What the operation ends with.
    """

    method: str
    job: str
    request: type[Message]
    result: type[Message]

    @property
    def module(self) -> str:
        """The job's module."""
        return self.job.partition(":")[0]


CAPABILITIES = (
    Capability(
        "twopop.v1.Engine/Check", "twopop_engine.media.selfcheck:check", engine_pb2.CheckRequest, engine_pb2.CheckResult
    ),
    Capability(
        "twopop.v1.Media/Probe", "twopop_engine.media.jobs:probe", media_pb2.ProbeRequest, media_pb2.ProbeResult
    ),
    Capability("twopop.v1.Media/Scan", "twopop_engine.media.jobs:scan", media_pb2.ScanRequest, media_pb2.ScanResult),
    Capability(
        "twopop.v1.Media/Render", "twopop_engine.media.jobs:render", media_pb2.RenderRequest, media_pb2.RenderResult
    ),
    Capability(
        "twopop.v1.Models/Pull",
        "twopop_engine.weights.jobs:pull_files",
        models_pb2.PullModelRequest,
        models_pb2.PullModelResult,
    ),
    Capability(
        "twopop.v1.Models/Convert",
        "twopop_engine.weights.jobs:convert_checkpoint",
        models_pb2.ConvertModelRequest,
        models_pb2.ConvertModelResult,
    ),
    Capability(
        "twopop.v1.Models/Verify",
        "twopop_engine.weights.jobs:verify",
        models_pb2.VerifyModelRequest,
        models_pb2.VerifyModelResult,
    ),
    Capability("twopop.v1.Sync/Match", "twopop_engine.sync.jobs:match", sync_pb2.MatchRequest, sync_pb2.MatchResult),
    Capability(
        "twopop.v1.Sync/Assess", "twopop_engine.sync.picture_jobs:assess", sync_pb2.AssessRequest, sync_pb2.AssessResult
    ),
    Capability("twopop.v1.Sync/Fix", "twopop_engine.sync.picture_jobs:fix", sync_pb2.FixRequest, sync_pb2.FixResult),
    Capability(
        "twopop.v1.Report/Write",
        "twopop_engine.report.jobs:write",
        report_pb2.ReportRequest,
        report_pb2.ReportResult,
    ),
    Capability("twopop.v1.Demo/Make", "twopop_engine.demo.jobs:make", demo_pb2.DemoRequest, demo_pb2.DemoResult),
)
