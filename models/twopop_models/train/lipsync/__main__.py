"""Trains `twopop-lipsync.v1`; README.md beside this tells how the material is laid out.

    python -m twopop_models.train.lipsync MATERIAL OUT [--hear 1300] [--learn 1400] [--seeds 0,1,2]
        [--leave-out NAME,...]

What is done is kept in OUT, in half precision: the ear after the first step, then a pair of towers for each seed. A run
that was stopped goes on with what is missing; what is exported is what was kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from twopop_models.networks.lipsync import LipTower, PhoneEar, SoundTower
from twopop_models.train.lipsync.export import export
from twopop_models.train.lipsync.hearing import learn_phones
from twopop_models.train.lipsync.learning import learn_sync
from twopop_models.train.lipsync.material import Material
from twopop_models.train.lipsync.phones import PHONES


def main() -> None:
    """Runs what is missing and writes the towers."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    material = Material.load(options.material, frozenset(options.leave_out.split(",")))

    def report(line: str) -> None:
        print(line, flush=True)
        with (options.out / "log.txt").open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    names = ", ".join(clip.name for clip in material.clips)
    report(f"{len(material.utterances)} utterances; clips {names}")
    seeds = [int(seed) for seed in options.seeds.split(",")]
    ear_file = options.out / "ear.safetensors"
    if not ear_file.exists():
        report(f"seed {seeds[0]}")
        _keep(learn_phones(material, options.hear, seeds[0], report), ear_file)
    ear = PhoneEar(phones=len(PHONES))
    ear.load_state_dict(_kept(ear_file))
    for seed in seeds:
        path = options.out / f"towers_{seed}.safetensors"
        if not path.exists():
            report(f"seed {seed}")
            _keep(
                nn.ModuleDict(dict(zip(SIDES, learn_sync(material, ear, options.learn, seed, report), strict=True))),
                path,
            )
    for path in export([read_towers(options.out / f"towers_{seed}.safetensors") for seed in seeds], options.out):
        report(f"wrote {path.name}")


SIDES = ("lips", "sound")


def read_towers(path: Path) -> tuple[LipTower, SoundTower]:
    """A pair of towers as it was kept."""
    state = _kept(path)
    lips, sound = LipTower(state["lips.unit"].tolist()), SoundTower()
    nn.ModuleDict(dict(zip(SIDES, (lips, sound), strict=True))).load_state_dict(state)
    return lips.eval(), sound.eval()


def _keep(module: nn.Module, path: Path) -> None:
    save_file({name: value.half().contiguous() for name, value in module.state_dict().items()}, path)


def _kept(path: Path) -> dict[str, Tensor]:
    return {name: value.float() for name, value in load_file(path).items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trains the default model of lip sync.")
    parser.add_argument("material", type=Path, help="folder of the material")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--hear", type=int, default=1300, help="steps of the first step")
    parser.add_argument("--learn", type=int, default=1400, help="steps of the second step")
    parser.add_argument("--seeds", default="0,1,2", help="one pair of towers for each")
    parser.add_argument("--leave-out", default="", help="clips that are not trained on, by name, separated by commas")
    return parser.parse_args()


if __name__ == "__main__":
    main()
