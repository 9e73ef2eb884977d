"""A timeline of a feature's length."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
from cutting_room import Shot

from hosts.contract import change_list, stretch
from twopop_actions.changes import GainKey, PlaceClip, SetGainKeys
from twopop_actions.sync.slots import find_slots
from twopop_blender.host import BlenderHost

RATE = Fraction(25)


def test_a_long_timeline_is_no_burden(tmp_path: Path) -> None:
    """A thousand camera clips with their sound; 2,000 clips that are served get 2,000 changes."""
    camera = room.shoot(tmp_path / "A001.mov", Shot(RATE, 250))
    found, wav = room.strips_of(room.empty_scene(RATE)), room.shoot(tmp_path / "12A.wav", Shot(RATE, 250))
    for number in range(1000):
        found.new_movie("Bild", str(camera), 2, 251 * number)
        found.new_sound("Ton", str(camera), 1, 251 * number)
    begin = time.process_time()
    host = BlenderHost(bpy.context.scene)
    read_s = time.process_time()
    slots = find_slots(host.read())
    assert len(slots) == 1000
    changes: list[Any] = []
    for number, slot in enumerate(slots):
        media = stretch(wav, Fraction(1), Fraction(2))
        at, target = slot.record_start, slot.anchor.target
        changes.append(PlaceClip(f"p{number}", slot.id, target, "BOOM", "12A", at, media, None, None, {}))
        mute = (GainKey(Fraction(0), None),)
        changes.append(SetGainKeys(f"m{number}", slot.id, slot.scratch[0].target, mute, None, "a test"))
    planned_s = time.process_time()
    assert len(host.apply(change_list(host.read(), *changes)).applied) == 2000
    applied_s = time.process_time()
    assert len(BlenderHost(bpy.context.scene).undo()) == 2000
    times_s = read_s - begin, applied_s - planned_s, time.process_time() - applied_s
    print("read {:.2f} s, applied {:.2f} s, undone {:.2f} s".format(*times_s))
    assert len(room.strips_of(bpy.context.scene)) == 2000
