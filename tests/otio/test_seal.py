"""The seal on an output, also when its writer is killed between one step and the next."""

from pathlib import Path

import pytest

from twopop_otio.seal import announce, is_sealed, put_seal


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output that was written and sealed once."""
    path = tmp_path / "reel.otio"
    path.write_bytes(b"first")
    put_seal(path, tmp_path)
    return path


def test_an_edit_breaks_the_seal(output: Path) -> None:
    assert is_sealed(output, output.parent)
    output.write_bytes(b"edited")
    assert not is_sealed(output, output.parent)


def test_a_writer_killed_at_any_step_leaves_the_seal_whole(output: Path) -> None:
    folder = output.parent
    announce(folder, b"second")
    assert is_sealed(output, folder)  # killed before it wrote
    output.write_bytes(b"second")
    assert is_sealed(output, folder)  # killed before it sealed
    put_seal(output, folder)
    assert is_sealed(output, folder)
    output.write_bytes(b"first")
    assert not is_sealed(output, folder)


def test_without_a_seal_or_with_an_empty_one_nothing_is_ours(output: Path) -> None:
    (output.parent / "output.sha256").write_text("")
    assert not is_sealed(output, output.parent)
    (output.parent / "output.sha256").unlink()
    assert not is_sealed(output, output.parent)
    output.unlink()
    assert not is_sealed(output, output.parent)
