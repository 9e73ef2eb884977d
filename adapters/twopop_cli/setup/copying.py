"""Copying files into an editor's folders and taking them away again, each change said; nothing of others is touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from twopop.errors import OutputUnwritable
from twopop_cli.setup.receipt import Receipt, digest, folders_to_make, load
from twopop_cli.setup.step import Step
from twopop_otio.timeline import output_problem, write_whole


def copy(
    wanted: Mapping[Path, bytes], receipt_file: Path, *, settings: Collection[Path] = (), dry_run: bool
) -> tuple[Step, ...]:
    """Brings files to where they belong, and takes away those of an earlier version.

    Args:
        wanted: Content by path.
        receipt_file: Where the receipt is kept.
        settings: Those that are nobody's but twopop's, and written whatever they hold.
        dry_run: Whether only to say what would be done.

    Returns:
        A step for each file, old or new.

    Raises:
        InputError: The receipt is damaged.
        OutputUnwritable: A file cannot be written.
    """
    before = load(receipt_file)
    steps = [
        _settings_step(path, data) if path in settings else _step(path, data, before)
        for path, data in sorted(wanted.items())
    ]
    stale = [_removal(Path(path), before) for path in sorted(before.files) if Path(path) not in wanted]
    done = (*steps, *(step for step in stale if step))
    if dry_run:
        return done
    ours = [step.path for step in steps if step.verb != "keep"]
    made = folders_to_make([*ours, receipt_file])
    folders = tuple(dict.fromkeys([*before.folders, *map(str, made)]))
    files = {str(path): (*before.files.get(str(path), ()), digest(wanted[path])) for path in ours}
    for folder in made:
        _make(folder)
    replace(before, files={**before.files, **files}, folders=folders).save(receipt_file)
    for step in done:
        if step.verb in ("copy", "replace"):
            write_whole(step.path, wanted[step.path])
        elif step.verb == "remove":
            step.path.unlink()
    there = {str(path): (digest(wanted[path]),) for path in ours}
    Receipt(files={**_kept(done, before), **there}, folders=folders).save(receipt_file)
    return done


def remove(receipt_file: Path, *, dry_run: bool) -> tuple[Step, ...]:
    """Takes away what `copy` brought, and the folders that it made where they are empty.

    Args:
        receipt_file: Where the receipt is kept.
        dry_run: Whether only to say what would be done.

    Returns:
        A step for each file that is still there.

    Raises:
        InputError: The receipt is damaged.
        OutputUnwritable: A file cannot be removed.
    """
    receipt = load(receipt_file)
    steps = tuple(step for path in sorted(receipt.files) if (step := _removal(Path(path), receipt)))
    if dry_run:
        return steps
    try:
        for step in steps:
            if step.verb == "remove":
                step.path.unlink()
        receipt_file.unlink(missing_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(problem.filename), output_problem(problem)) from problem
    for folder in sorted(map(Path, receipt.folders), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return steps


def _kept(steps: tuple[Step, ...], before: Receipt) -> dict[str, tuple[str, ...]]:
    """Files that we brought and that were changed since: with what we wrote, so that uninstalling names them."""
    names = (str(step.path) for step in steps if step.verb == "keep")
    return {name: before.files[name] for name in names if name in before.files}


def _settings_step(path: Path, data: bytes) -> Step:
    if not path.exists() and not path.is_symlink():
        return Step("copy", path)
    return Step("same", path) if _read(path) == data else Step("replace", path, "twopop's own settings, written anew")


def _step(path: Path, data: bytes, receipt: Receipt) -> Step:
    if path.is_symlink():
        return Step("keep", path, "it is a link that somebody made")
    if not path.exists():
        return Step("copy", path)
    there = _read(path)
    if there == data:
        return Step("same", path)
    if there is not None and receipt.is_ours(path, there):
        return Step("replace", path)
    return Step("keep", path, "it was changed, or is not twopop's; remove it to have it replaced")


def _removal(path: Path, receipt: Receipt) -> Step | None:
    if path.is_symlink():
        return Step("keep", path, "it is a link that somebody made")
    if not path.exists():
        return None
    there = _read(path)
    if there is not None and receipt.is_ours(path, there):
        return Step("remove", path)
    return Step("keep", path, "it was changed since it was installed")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(folder), output_problem(problem)) from problem
