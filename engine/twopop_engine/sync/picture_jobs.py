"""The jobs of the Sync service that hold sound against its picture."""

from __future__ import annotations

from pathlib import Path

from twopop.errors import OptionInvalid, OutputUnwritable
from twopop.v1 import sync_pb2
from twopop_engine.media.probe import probe
from twopop_engine.media.shift import check_target, shift_audio
from twopop_engine.runtime.context import Context
from twopop_engine.sync.assessor import Assessor
from twopop_engine.sync.fixing import fix_measured, tell
from twopop_engine.sync.meter import meter_of


def assess(request: sync_pb2.AssessRequest, context: Context) -> sync_pb2.AssessResult:
    """Measures whether files' sound fits their picture, one after the other.

    Raises:
        OptionInvalid: No standard of that name.
        ModelUnknown: No model of that name, or one that does something else.
        ModelMissing: The model's weights are not there; the message says how to get them.
    """
    assessor = Assessor(meter_of(request.options.model), request.options, context.results)
    count = max(1, len(request.items))
    result = sync_pb2.AssessResult()
    for index, item in enumerate(request.items):

        def report(done: float, what: str, index: int = index) -> None:
            context.progress((index + done) / count, "assess", what)

        result.videos.append(assessor.video(item, report))
    return result


def fix(request: sync_pb2.FixRequest, context: Context) -> sync_pb2.FixResult:
    """Copies a file with its sound moved, by what the request says or by what is measured.

    Raises:
        InputError: The file cannot be used, the output cannot be written, or the model is not there.
    """
    source, output = Path(request.path), Path(request.output_path)
    if output.exists() and not request.overwrite:
        raise OutputUnwritable.at(str(output), "it exists; choose another name or allow it to be replaced")
    duration_s = float(probe(source).duration)
    check_target(source, output)
    if not request.HasField("offset_s"):
        assessor = Assessor(meter_of(request.options.model), request.options, context.results)
        return fix_measured(source, output, assessor, context.progress)
    if -request.offset_s >= duration_s:
        raise OptionInvalid.of("offset", f"{request.offset_s:g} s leaves nothing of a file of {duration_s:.3f} s")
    shifted = shift_audio(source, output, request.offset_s, lambda done: context.progress(done, "shift", output.name))
    result = sync_pb2.FixResult()
    tell(result, shifted)
    return result
