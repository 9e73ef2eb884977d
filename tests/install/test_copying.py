"""Files brought to an editor and taken away: twice, upgraded, edited, killed in the middle."""

from pathlib import Path

import pytest

from twopop.errors import InputError, OutputUnwritable
from twopop_cli.setup import copying
from twopop_cli.setup.copying import copy, remove
from twopop_cli.setup.step import Step


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def verbs(steps: tuple[Step, ...]) -> dict[str, str]:
    return {step.path.name: step.verb for step in steps}


class Place:
    """A user's folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.receipt = root / "config" / "twopop" / "installed.json"
        self.scripts = root / "editor" / "Scripts"

    def copy(self, dry_run: bool = False, **files: str) -> dict[str, str]:
        wanted = {self.scripts / "Edit" / f"{name}.py": text.encode() for name, text in files.items()}
        return verbs(copy(wanted, self.receipt, dry_run=dry_run))

    def remove(self, dry_run: bool = False) -> dict[str, str]:
        return verbs(remove(self.receipt, dry_run=dry_run))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "editor").mkdir()
    return Place(tmp_path)


def test_what_is_brought_is_taken_away_with_its_folders(place: Place) -> None:
    (place.root / "editor" / "theirs.txt").write_text("theirs")
    before = sorted(place.root.rglob("*"))
    assert place.copy(a="1", b="2") == {"a.py": "copy", "b.py": "copy"}
    assert (place.scripts / "Edit" / "a.py").read_text() == "1"
    assert place.remove() == {"a.py": "remove", "b.py": "remove"}
    assert sorted(place.root.rglob("*")) == before
    assert place.remove() == {}


def test_a_dry_run_says_the_same_and_does_nothing(place: Place) -> None:
    assert place.copy(dry_run=True, a="1") == {"a.py": "copy"}
    assert tree(place.root) == {}
    place.copy(a="1")
    before = tree(place.root)
    assert place.copy(dry_run=True, a="2", b="1") == {"a.py": "replace", "b.py": "copy"}
    assert place.remove(dry_run=True) == {"a.py": "remove"}
    assert tree(place.root) == before


def test_bringing_it_twice_changes_nothing(place: Place) -> None:
    place.copy(a="1")
    before = tree(place.root)
    assert place.copy(a="1") == {"a.py": "same"}
    assert tree(place.root) == before


def test_an_upgrade_replaces_adds_and_removes(place: Place) -> None:
    place.copy(a="1", b="1", c="1")
    assert place.copy(a="2", b="1", d="1") == {"a.py": "replace", "b.py": "same", "c.py": "remove", "d.py": "copy"}
    assert sorted(path.name for path in place.scripts.rglob("*.py")) == ["a.py", "b.py", "d.py"]
    assert place.remove() == {"a.py": "remove", "b.py": "remove", "d.py": "remove"}
    assert not place.scripts.exists()


def test_what_the_user_changed_is_kept(place: Place) -> None:
    place.copy(a="1", b="1")
    mine = place.scripts / "Edit" / "a.py"
    mine.write_text("mine")
    assert place.copy(a="2", b="2") == {"a.py": "keep", "b.py": "replace"}
    assert mine.read_text() == "mine"
    assert place.copy(a="3", b="3") == {"a.py": "keep", "b.py": "replace"}
    assert place.remove() == {"a.py": "keep", "b.py": "remove"}
    assert mine.read_text() == "mine"
    assert not (place.scripts / "Edit" / "b.py").exists()


def test_what_the_user_changed_before_uninstalling_is_kept_and_said(place: Place) -> None:
    place.copy(a="1")
    mine = place.scripts / "Edit" / "a.py"
    mine.write_text("mine")
    (step,) = remove(place.receipt, dry_run=False)
    assert (step.verb, step.path, step.why) == ("keep", mine, "it was changed since it was installed")
    assert mine.read_text() == "mine"
    assert not place.receipt.exists()


def test_what_the_user_changed_and_no_version_brings_any_more_is_said_until_it_is_gone(place: Place) -> None:
    place.copy(a="1", b="1", c="1")
    mine, other = place.scripts / "Edit" / "a.py", place.scripts / "Edit" / "c.py"
    mine.write_text("mine")
    other.write_text("mine")
    for _ in range(2):
        assert place.copy(b="1") == {"a.py": "keep", "b.py": "same", "c.py": "keep"}
    other.unlink()
    assert place.copy(b="1") == {"a.py": "keep", "b.py": "same"}
    mine.write_text("1")
    assert place.copy(dry_run=True, b="1") == {"a.py": "remove", "b.py": "same"}
    mine.write_text("mine")
    assert place.remove() == {"a.py": "keep", "b.py": "remove"}


def test_a_link_in_place_of_what_was_brought_is_kept_and_said(place: Place, tmp_path: Path) -> None:
    place.copy(a="1")
    mine = place.scripts / "Edit" / "a.py"
    mine.unlink()
    mine.symlink_to(tmp_path / "elsewhere.py")
    assert place.copy(a="2") == {"a.py": "keep"}
    (step,) = remove(place.receipt, dry_run=False)
    assert (step.verb, step.why) == ("keep", "it is a link that somebody made")
    assert mine.is_symlink()


@pytest.mark.parametrize("found", ["x", "", "link"])
def test_our_own_settings_are_written_whatever_they_hold(place: Place, tmp_path: Path, found: str) -> None:
    file, elsewhere = tmp_path / "editor" / "editor.json", tmp_path / "elsewhere"
    elsewhere.write_text("theirs")
    if found == "link":
        file.symlink_to(elsewhere)
    else:
        file.write_text(found)
    (step,) = copy({file: b"{}"}, place.receipt, settings=(file,), dry_run=False)
    assert (step.verb, step.why) == ("replace", "twopop's own settings, written anew")
    assert (file.read_text(), file.is_symlink(), elsewhere.read_text()) == ("{}", False, "theirs")
    assert verbs(copy({file: b"{}"}, place.receipt, settings=(file,), dry_run=False)) == {"editor.json": "same"}
    assert place.remove() == {"editor.json": "remove"}


def test_a_strangers_file_and_a_link_are_never_replaced(place: Place, tmp_path: Path) -> None:
    folder = place.scripts / "Edit"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("theirs")
    (folder / "b.py").symlink_to(tmp_path / "elsewhere.py")
    assert place.copy(a="1", b="1", c="1") == {"a.py": "keep", "b.py": "keep", "c.py": "copy"}
    assert place.remove() == {"c.py": "remove"}
    assert sorted(path.name for path in folder.iterdir()) == ["a.py", "b.py"]
    assert not (tmp_path / "elsewhere.py").exists()


def test_a_file_that_the_user_removed_comes_back_and_is_no_fault(place: Place) -> None:
    place.copy(a="1", b="1")
    (place.scripts / "Edit" / "a.py").unlink()
    assert place.remove(dry_run=True) == {"b.py": "remove"}
    assert place.copy(a="1", b="1") == {"a.py": "copy", "b.py": "same"}


@pytest.mark.parametrize("survivors", [0, 1, 2])
def test_an_upgrade_killed_in_the_middle_is_run_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, survivors: int
) -> None:
    place.copy(a="1", b="1", c="1")
    written: list[Path] = []

    def killed(path: Path, data: bytes) -> None:
        if len(written) == survivors:
            raise KeyboardInterrupt
        written.append(path)
        path.write_bytes(data)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(copying, "write_whole", killed)
        place.copy(a="2", b="2", c="2")
    found = place.copy(a="2", b="2", c="2")
    assert sorted(found.values()) == sorted(["same"] * survivors + ["replace"] * (3 - survivors))
    assert set(place.remove().values()) == {"remove"}
    assert tree(place.root) == {}


def test_a_folder_that_is_a_file_is_said(place: Place) -> None:
    (place.root / "editor" / "Scripts").write_text("no folder")
    with pytest.raises(OutputUnwritable, match="Scripts"):
        place.copy(a="1")
    assert (place.root / "editor" / "Scripts").read_text() == "no folder"


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1, "files": {"a": "b"}}', '{"version": 2, "files": {}}'])
def test_a_damaged_receipt_removes_nothing(place: Place, text: str) -> None:
    place.copy(a="1")
    place.receipt.write_text(text)
    with pytest.raises(InputError, match="install again"):
        place.remove()
    assert (place.scripts / "Edit" / "a.py").exists()
