"""The media layer's jobs: probe, scan and render."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from fractions import Fraction
from pathlib import Path

from twopop.errors import OperationCancelled, OptionInvalid, OutputUnwritable, TwopopError
from twopop.v1 import media_pb2
from twopop_engine.media.digest import media_digest
from twopop_engine.media.info import MediaInfo
from twopop_engine.media.probe import probe as probe_file
from twopop_engine.media.recordings import find_files
from twopop_engine.media.recordings import scan as scan_files
from twopop_engine.media.render import RenderedFile, RenderItem, rendered_path
from twopop_engine.media.render import render as render_file
from twopop_engine.media.wire import (
    info_to_wire,
    item_from_wire,
    recording_to_wire,
    rendered_to_wire,
    unreadable_to_wire,
)
from twopop_engine.runtime.context import Context
from twopop_engine.runtime.results import result_key

_PROBE_ALGORITHM = "media.probe/1"
_THREADS = 2
_REPORT_S = 0.1


def probe(request: media_pb2.ProbeRequest, context: Context) -> media_pb2.ProbeResult:
    """Reads what each file holds; a file that cannot be read is an answer of its own.

    Args:
        request: Absolute paths.
        context: The operation.

    Returns:
        One answer for each path, in the request's order.
    """
    result = media_pb2.ProbeResult()
    for index, path in enumerate(request.paths):
        context.progress(index / len(request.paths), "probe", path)
        result.files.append(_probed(Path(path), context))
    return result


def _probed(path: Path, context: Context) -> media_pb2.ProbedFile:
    try:
        key = result_key(_PROBE_ALGORITHM, media_digest(path))
        kept = context.results.load(key)
        if kept is not None:
            info = media_pb2.MediaInfo.FromString(kept)
            info.path = str(path.absolute())
        else:
            info = info_to_wire(probe_file(path))
            context.results.save(key, info.SerializeToString())
    except TwopopError as error:
        return unreadable_to_wire(path, error)
    return media_pb2.ProbedFile(path=str(path), info=info)


def scan(request: media_pb2.ScanRequest, context: Context) -> media_pb2.ScanResult:
    """Finds the sound recordings in folders.

    Args:
        request: Absolute folders or files.
        context: The operation.

    Returns:
        The recordings, and files that look like sound and could not be read.

    Raises:
        MediaNotFound: A path leads nowhere.
        MediaUnreadable: A folder cannot be listed.
    """
    context.progress(0, "scan")
    files = find_files([Path(path) for path in request.paths])
    done = 0

    def read(path: Path) -> MediaInfo:
        nonlocal done
        context.progress(done / len(files), "scan", str(path))
        done += 1
        return probe_file(path)

    found = scan_files(files, read)
    return media_pb2.ScanResult(
        recordings=[recording_to_wire(recording) for recording in found.recordings],
        unreadable=[unreadable_to_wire(path, error) for path, error in found.unreadable],
    )


def render(request: media_pb2.RenderRequest, context: Context) -> media_pb2.RenderResult:
    """Renders stretches of recordings; what an earlier run left in the folder is used again.

    Args:
        request: The folder and the items.
        context: The operation.

    Returns:
        One file for each item, in the request's order; equal items share a file.

    Raises:
        MediaNotFound: No such source.
        MediaUnreadable: A source is no media.
        StreamMissing: No such stream or channel.
        OutputUnwritable: The folder or the disk refuses.
        OptionInvalid: An item that cannot be rendered.
    """
    output_dir = Path(request.output_dir)
    if not output_dir.is_absolute() or not output_dir.is_dir():
        raise OutputUnwritable.at(request.output_dir, "the output folder must be an absolute path and exist")
    items = [item_from_wire(item) for item in request.items]
    digests: dict[Path, str] = {}
    for index, item in enumerate(items):
        context.progress(0, "identify", f"{index + 1} of {len(items)}")
        if not item.path.is_absolute():
            raise OptionInvalid.of("path", f"{item.path} is not absolute")
        if item.path not in digests:
            digests[item.path] = media_digest(item.path)
    targets = [rendered_path(item, digests[item.path], output_dir) for item in items]
    rendered = _render_all(dict(zip(targets, items, strict=True)), context)
    return media_pb2.RenderResult(files=[rendered_to_wire(rendered[target]) for target in targets])


def _render_all(items: dict[Path, RenderItem], context: Context) -> dict[Path, RenderedFile]:
    """Renders in two threads; reports from this one, since only it may raise what the client asked for."""
    stop = threading.Event()
    done = dict.fromkeys(items, 0.0)
    total = sum((item.duration for item in items.values()), Fraction(0)) or Fraction(1)
    weights = {target: float(item.duration / total) for target, item in items.items()}

    def report_of(target: Path) -> Callable[[float], None]:
        def report(fraction: float) -> None:
            done[target] = fraction
            if stop.is_set():
                raise OperationCancelled("the operation was cancelled")

        return report

    with ThreadPoolExecutor(_THREADS, "render") as pool:
        futures = {target: pool.submit(render_file, item, target, report_of(target)) for target, item in items.items()}
        try:
            waiting: set[Future[RenderedFile]] = set(futures.values())
            while waiting:
                finished, waiting = wait(waiting, timeout=_REPORT_S)
                for future in finished:
                    future.result()
                context.progress(sum(weights[target] * done[target] for target in items), "render")
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return {target: future.result() for target, future in futures.items()}
