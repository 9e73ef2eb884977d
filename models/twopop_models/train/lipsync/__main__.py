"""Trains `lipsync.twopop.v1`; README.md beside this tells how the material is laid out.

    python -m twopop_models.train.lipsync MATERIAL OUT [--hear 1300] [--learn 1600] [--seed 0] [--leave-out NAME,...]

What is done is kept in OUT: a run that was stopped after the first step goes on with the second.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from twopop_models.networks.lipsync import LipTower, PhoneEar, SoundTower
from twopop_models.train.lipsync.export import export
from twopop_models.train.lipsync.hearing import learn_phones
from twopop_models.train.lipsync.learning import learn_sync
from twopop_models.train.lipsync.material import Material
from twopop_models.train.lipsync.phones import PHONES


def main() -> None:
    """Runs both steps and writes the towers."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    material = Material.load(options.material, frozenset(options.leave_out.split(",")))

    def report(line: str) -> None:
        print(line, flush=True)
        with (options.out / "log.txt").open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    names = ", ".join(clip.name for clip in material.clips)
    report(f"seed {options.seed}; {len(material.utterances)} utterances; clips {names}")
    ear_file = options.out / "ear.safetensors"
    if ear_file.exists():
        ear = PhoneEar(phones=len(PHONES))
        ear.load_state_dict({name: value.float() for name, value in load_file(ear_file).items()})
    else:
        ear = learn_phones(material, options.hear, options.seed, report)
        save_file({name: value.half() for name, value in ear.state_dict().items()}, ear_file)
    lips, sound = learn_sync(material, ear, options.learn, options.seed, report)
    _keep(lips, sound, options.out / "towers.safetensors")
    for path in export(lips, sound, options.out):
        report(f"wrote {path.name}")


def _keep(lips: LipTower, sound: SoundTower, path: Path) -> None:
    state = {f"lips.{name}": value.half() for name, value in lips.state_dict().items()}
    state |= {f"sound.{name}": value.half() for name, value in sound.state_dict().items()}
    save_file(state, path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trains the default model of lip sync.")
    parser.add_argument("material", type=Path, help="folder of the material")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--hear", type=int, default=1300, help="steps of the first step")
    parser.add_argument("--learn", type=int, default=1600, help="steps of the second step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--leave-out", default="", help="clips that are not trained on, by name, separated by commas")
    return parser.parse_args()


if __name__ == "__main__":
    main()
