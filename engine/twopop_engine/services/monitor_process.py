"""The process of one live stream; see `services.monitor` for the engine's side of its pipe."""

from __future__ import annotations

import faulthandler
import os
import signal
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from twopop.errors import InternalFailure, TwopopError, error_to_message
from twopop.v1 import sync_pb2
from twopop_engine.operations.messages import Failure
from twopop_engine.operations.worker import die_with
from twopop_engine.services.inbox import Arrived


@dataclass(frozen=True)
class Answer:
    """From the process: an answer.

    Attributes:
        update: Serialised `MonitorUpdate`.
    """

    update: bytes


@dataclass(frozen=True)
class Ended:
    """Either way: that was all."""


def main(pipe: Connection, start: bytes, engine_pid: int) -> None:
    """Measures a stream until its end.

    Args:
        pipe: The engine's end is the other one; `Arrived` and `Ended` come in.
        start: Serialised `MonitorStart`.
        engine_pid: Process id of the engine.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine decides what Ctrl-C in its terminal ends
    faulthandler.enable()
    die_with(engine_pid)
    try:
        for update in _updates(pipe, sync_pb2.MonitorStart.FromString(start)):
            pipe.send(Answer(update.SerializeToString()))
        pipe.send(Ended())
    except (EOFError, BrokenPipeError):  # nobody listens any more
        os._exit(0)
    except TwopopError as error:
        pipe.send(Failure(error_to_message(error).SerializeToString(), ""))
    except Exception as fault:  # the boundary: whatever goes wrong, the client gets a sentence
        failure = InternalFailure(f"the monitor failed: {type(fault).__name__}: {fault}; engine.log has the details")
        pipe.send(Failure(error_to_message(failure).SerializeToString(), traceback.format_exc()))


def _updates(pipe: Connection, start: sync_pb2.MonitorStart) -> Iterator[sync_pb2.MonitorUpdate]:
    # Imported here, since the engine imports this module too and has no need of networks.
    from twopop_engine.sync.monitor.session import Session, play_file
    from twopop_engine.sync.monitor.wire import start_from_wire

    if start.path:
        yield from play_file(start)
        return
    session = Session(start_from_wire(start))
    while isinstance(message := pipe.recv(), Arrived):
        update = session.take(sync_pb2.MonitorRequest.FromString(message.request), message.at_s)
        if update is not None:
            yield update
