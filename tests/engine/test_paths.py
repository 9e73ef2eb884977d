import os
from collections.abc import Callable

import pytest
from google.protobuf.message import Message

from twopop.errors import OptionInvalid
from twopop.v1 import demo_pb2, media_pb2, report_pb2, sync_pb2
from twopop_engine.services.paths import check_paths

GOOD = os.path.abspath("/clips/A001 é.mov")


@pytest.mark.parametrize("bad", ["clip.mov", "../clip.mov", "./clip.mov", "~/clip.mov", "file:///clip.mov", "/a\0b"])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda path: media_pb2.ProbeRequest(paths=[GOOD, path]), "paths[1]"),
        (lambda path: demo_pb2.DemoRequest(output_dir=path), "output_dir"),
        (lambda path: sync_pb2.FixRequest(path=GOOD, output_path=path), "output_path"),
        (lambda path: sync_pb2.MatchRequest(reference=sync_pb2.MatchSource(paths=[path])), "reference.paths[0]"),
        (lambda path: sync_pb2.MatchRequest(others=[sync_pb2.MatchSource(paths=[GOOD, path])]), "others[0].paths[1]"),
        (
            lambda path: media_pb2.RenderRequest(output_dir=GOOD, items=[media_pb2.RenderItem(path=path)]),
            "items[0].path",
        ),
        (
            lambda path: report_pb2.ReportRequest(output_path=GOOD, clips=[report_pb2.ReportClip(other_paths=[path])]),
            "clips[0].other_paths[0]",
        ),
        (lambda path: sync_pb2.AssessRequest(items=[sync_pb2.AssessItem(path=path)]), "items[0].path"),
    ],
)
def test_a_path_that_is_not_absolute_is_refused_by_its_fields_name(
    make: Callable[[str], Message], name: str, bad: str
) -> None:
    check_paths(make(GOOD))
    with pytest.raises(OptionInvalid) as caught:
        check_paths(make(bad))
    assert caught.value.fields["option"] == name


@pytest.mark.parametrize(
    "request_", [demo_pb2.DemoRequest(), sync_pb2.FixRequest(path=GOOD), media_pb2.ProbeRequest(paths=[""])]
)
def test_a_missing_path_is_refused(request_: Message) -> None:
    with pytest.raises(OptionInvalid, match="a path is needed here"):
        check_paths(request_)


def test_a_clip_without_a_recording_is_fine() -> None:
    request = report_pb2.ReportRequest(output_path=GOOD, clips=[report_pb2.ReportClip(name="A001")])
    assert _accepts(request)


def test_figures_by_name_are_passed_over() -> None:
    speaker = sync_pb2.SpeakerSync(standards={"ebu-r37": True})
    video = report_pb2.ReportVideo(sync=sync_pb2.VideoSync(path=GOOD, speakers=[speaker]))
    assert _accepts(report_pb2.ReportRequest(output_path=GOOD, videos=[video]))


def _accepts(request: Message) -> bool:
    check_paths(request)
    return True
