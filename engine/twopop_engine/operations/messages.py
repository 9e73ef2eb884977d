"""What the engine and a worker process say to each other over their pipe.

Requests, results and errors travel as serialised messages of the protocol. The pipe joins the engine with a process
that it started itself, so that what is unpickled here is of known origin.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """To the worker: do this.

    Attributes:
        job: "module:function", from the engine's own table.
        request: Serialised `google.protobuf.Any` that holds the request.
    """

    job: str
    request: bytes


@dataclass(frozen=True)
class Cancel:
    """To the worker: stop what you do."""


@dataclass(frozen=True)
class Report:
    """From the worker: so far.

    Attributes:
        fraction: 0 to 1, never falling.
        stage: What is being done.
        message: What it is being done to.
    """

    fraction: float
    stage: str
    message: str


@dataclass(frozen=True)
class Success:
    """From the worker: done.

    Attributes:
        result: Serialised `google.protobuf.Any` that holds the result.
    """

    result: bytes


@dataclass(frozen=True)
class Failure:
    """From the worker: failed or cancelled.

    Attributes:
        error: Serialised `twopop.v1.Error`.
        traceback: For the engine's log; empty when the error was raised on purpose.
    """

    error: bytes
    traceback: str
