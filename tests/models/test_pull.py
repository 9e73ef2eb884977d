"""Pulling from a server that behaves badly, and from what the user has."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from models.file_server import FileServer, Plan, serving
from models.shelves import SWIFT, digest, entry, shelf, unheard
from twopop_models.errors import (
    FetchFailed,
    FilesMissing,
    FileUnreadable,
    StoreUnwritable,
)
from twopop_models.pull import pull
from twopop_models.receipt import Receipt
from twopop_models.store import Store

DATA = bytes(range(256)) * 1200  # 307,200 bytes
MODEL = "test.model.v1"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(DATA) as files:
        yield files


def fetched(store: Store) -> int:
    return pull(store, MODEL, unheard, patience=SWIFT)


def known(folder: Path, server: FileServer, **more: object) -> Store:
    return shelf(folder, entry("w.bin", DATA, url=f"{server.url}/w.bin"), **more)


def only_files(store: Store) -> set[str]:
    return {path.name for path in (store.root / MODEL).iterdir()}


def test_a_file_comes_whole_and_is_kept_with_a_receipt(tmp_path: Path, server: FileServer) -> None:
    store = known(tmp_path, server)
    with pytest.raises(FilesMissing, match=r"Fetch it: twopop models pull test\.model\.v1$"):
        store.path(MODEL, "w.bin")
    assert fetched(store) == len(DATA)
    assert store.path(MODEL, "w.bin").read_bytes() == DATA
    assert only_files(store) == {"w.bin", ".receipt.json"}
    assert store.root.stat().st_mode & 0o777 == 0o700
    kept = Receipt.read(store.root / MODEL).files["w.bin"]
    assert (kept.sha256, kept.size_bytes, kept.origin) == (digest(DATA), len(DATA), f"{server.url}/w.bin")
    assert fetched(store) == 0
    assert len(server.asked) == 1


def test_what_broke_off_goes_on_where_it_was(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=100_000), Plan(cut_after=50_000)]
    store = known(tmp_path, server)
    assert fetched(store) == len(DATA)
    assert server.asked == [("", ""), ("bytes=100000-", '"one"'), ("bytes=150000-", '"one"')]
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_the_next_pull_goes_on_after_one_that_gave_up(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=200_000), *[Plan(status=503)] * 3]
    store = known(tmp_path, server)
    with pytest.raises(FetchFailed, match=r"503 Service Unavailable, 3 times in a row; what came is kept"):
        fetched(store)
    assert fetched(store) == len(DATA) - 200_000
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_a_stalled_server_is_asked_again(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(stall_after=120_000)]
    store = known(tmp_path, server)
    assert fetched(store) == len(DATA)
    assert server.asked[1][0] == "bytes=120000-"


def test_a_server_that_stays_silent_is_given_up(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(stall_after=0)] * 3
    with pytest.raises(FetchFailed, match=r"nothing came for 0\.4 s, 3 times in a row; a file from elsewhere"):
        fetched(known(tmp_path, server))


def test_a_changed_file_is_fetched_from_the_start(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=100_000, tag='"old"')]
    store = known(tmp_path, server)
    assert fetched(store) == 100_000 + len(DATA)
    assert server.asked[1] == ("bytes=100000-", '"old"')
    assert server.sent == [100_000, len(DATA)]


def test_a_changed_file_is_noticed_though_the_server_ignores_if_range(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=100_000, tag='"old"'), Plan(guarded=False)]
    store = known(tmp_path, server)
    fetched(store)
    assert [wanted for wanted, _ in server.asked] == ["", "bytes=100000-", ""]
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_a_server_without_ranges_starts_anew(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=100_000, ranges=False), Plan(ranges=False)]
    assert fetched(known(tmp_path, server)) == 100_000 + len(DATA)


def test_a_server_without_ranges_that_always_breaks_off_is_given_up(tmp_path: Path, server: FileServer) -> None:
    server.data = DATA * 10
    server.plans = [Plan(cut_after=2_000_000, ranges=False)] * 20
    store = shelf(tmp_path, entry("w.bin", server.data, url=server.url))
    with pytest.raises(FetchFailed, match=r"the connection ended after 2000000 of 3072000 bytes, 3 times in a row"):
        fetched(store)
    assert len(server.asked) == 4


def test_pieces_of_a_file_whose_hash_nobody_knows_are_not_joined_on_trust(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=100_000, tag=""), Plan(tag="")]
    store = shelf(tmp_path, {"name": "w.bin", "sha256": "", "url": server.url})
    fetched(store)
    assert server.asked == [("", ""), ("", "")]
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_a_range_that_is_refused_starts_anew(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=100_000), Plan(status=416)]
    assert fetched(known(tmp_path, server)) == 100_000 + len(DATA)


def test_a_wrong_first_part_is_fetched_once_more(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(data=bytes(len(DATA)), cut_after=100_000)]
    store = known(tmp_path, server)
    fetched(store)
    assert server.sent == [100_000, len(DATA) - 100_000, len(DATA)]


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        (Plan(data=bytes(len(DATA))), f"sends something else: sha256 {digest(bytes(len(DATA)))}, expected"),
        (Plan(data=DATA[:-1]), "sends 307199 bytes, and the card says 307200; nothing was fetched"),
        (Plan(data=DATA * 2), "sends 614400 bytes, and the card says 307200; nothing was fetched"),
        (Plan(status=404), r"the server answers 404 Not Found; if you find the file elsewhere, use --from PATH"),
        (Plan(status=403), "the server answers 403 Forbidden"),
        (Plan(status=302, headers=(("Location", "file:///etc/passwd"),)), "sends on .*"),
        (Plan(status=302, headers=(("Location", "ftp://example.org/w"),)), "which must begin with https://"),
        (Plan(status=302, headers=(("Location", "http://example.org/w"),)), "'http://example.org/w', which must begin"),
        (Plan(status=302, headers=(("Location", "https://me:pw@example.org/w"),)), "must not hold a user's name"),
        (Plan(headers=(("Content-Encoding", "gzip"),)), "in another encoding"),
    ],
)
def test_a_server_that_sends_something_else_is_refused(
    tmp_path: Path, server: FileServer, plan: Plan, problem: str
) -> None:
    server.plans = [plan]
    store = known(tmp_path, server)
    with pytest.raises(FetchFailed, match=problem):
        fetched(store)
    assert len(server.asked) == 1
    assert "w.bin" not in only_files(store)


def test_a_redirect_that_could_stand_in_a_card_is_followed(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(status=302, headers=(("Location", f"{server.url}/elsewhere"),))]
    assert fetched(known(tmp_path, server)) == len(DATA)


def test_a_server_that_sends_more_than_it_said_is_cut_off(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(data=DATA * 2, headers=(("Content-Length", "none"),))]
    with pytest.raises(FetchFailed, match="sends more than 307200 bytes; the rest was left"):
        fetched(known(tmp_path, server))


def test_a_part_of_another_range_is_refused(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(cut_after=100_000), Plan(status=206, headers=(("Content-Range", "bytes 5-9/10"),))]
    with pytest.raises(FetchFailed, match="sends another part of the file than was asked for"):
        fetched(known(tmp_path, server))


def test_nobody_at_home(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA, url="http://127.0.0.1:9/w.bin"))
    with pytest.raises(FetchFailed, match=r"the connection failed: Connection refused, 3 times in a row; a file from"):
        fetched(store)


def test_cancelling_keeps_what_came(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(stall_after=150_000)]
    store = known(tmp_path, server)

    class Cancelled(Exception):
        pass

    def cancel(fraction: float, stage: str, message: str) -> None:
        if fraction >= 150_000 / len(DATA):
            raise Cancelled

    with pytest.raises(Cancelled):
        pull(store, MODEL, cancel, patience=SWIFT)
    assert fetched(store) == len(DATA) - 150_000


def test_a_pull_that_was_killed_goes_on(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(stall_after=150_000)]
    store = known(tmp_path, server)
    words = (
        "import sys; from pathlib import Path; from twopop_models.pull import pull; from twopop_models.store import "
    )
    words += "Store; pull(Store(*map(Path, sys.argv[1:])), 'test.model.v1', lambda *report: None)"
    folders = [str(store.root), str(tmp_path / "cards"), str(tmp_path / "shipped")]
    with subprocess.Popen([sys.executable, "-c", words, *folders]) as process:
        partial = store.root / MODEL / ".w.bin.partial"
        deadline_s = time.monotonic() + 60
        while not (partial.exists() and partial.stat().st_size == 150_000):
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        process.kill()
    assert fetched(store) == len(DATA) - 150_000
    assert server.asked[1] == ("bytes=150000-", '"one"')
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_two_pulls_at_once_fetch_once(tmp_path: Path, server: FileServer) -> None:
    server.plans = [Plan(stall_after=100_000)]
    store = known(tmp_path, server)
    came: list[int] = []
    threads = [threading.Thread(target=lambda: came.append(fetched(store))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [0, 0, 0, len(DATA)]
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_no_room_is_told_before_anything_comes(
    tmp_path: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's answer is replaced, since a disk that is really full needs root."""
    store = known(tmp_path, server)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=1_000_000))
    with pytest.raises(StoreUnwritable, match=r"18 MB are needed and 1 MB are free; make room, or move it with \$"):
        fetched(store)
    assert only_files(store) == set()


def test_a_disk_that_fills_up_is_told_and_what_came_is_kept(tmp_path: Path, server: FileServer) -> None:
    """/dev/full refuses every byte with ENOSPC, as a full disk does."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    store = known(tmp_path, server)
    folder = store.root / MODEL
    folder.mkdir(parents=True)
    (folder / ".w.bin.partial").symlink_to("/dev/full")
    with pytest.raises(StoreUnwritable, match="no space left on device"):
        fetched(store)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path, server: FileServer) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnwritable, match="permission denied"):
        fetched(known(tmp_path, server))


def test_a_file_where_the_folder_should_be(tmp_path: Path, server: FileServer) -> None:
    store = known(tmp_path, server)
    store.root.write_text("in the way")
    with pytest.raises(StoreUnwritable, match="file exists"):
        fetched(store)


def test_a_changed_file_in_the_store_is_refused_and_replaced(tmp_path: Path, server: FileServer) -> None:
    store = known(tmp_path, server)
    fetched(store)
    path = store.path(MODEL, "w.bin")
    path.write_bytes(b"x" + DATA[1:])
    with pytest.raises(FileUnreadable, match=r"is not the file that it must be; remove it and pull again"):
        store.path(MODEL, "w.bin")
    assert not store.is_available(store.card(MODEL))
    fetched(store)
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_the_beginning_of_a_hash_is_held_against_what_comes(tmp_path: Path, server: FileServer) -> None:
    file: dict[str, str | int] = {"name": "w.bin", "sha256": "", "sha256_prefix": digest(DATA)[:8], "url": server.url}
    server.plans = [Plan(data=DATA + b"!")]
    store = shelf(tmp_path, file)
    with pytest.raises(FetchFailed, match=f"expected {digest(DATA)[:8]}"):
        fetched(store)
    fetched(store)
    path = store.path(MODEL, "w.bin")
    path.write_bytes(DATA[:-1] + b"?")
    assert store.find(store.card(MODEL), "w.bin").state == "changed"
