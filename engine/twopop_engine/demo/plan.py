"""What the demo consists of: two scenes, and a recording from another day.

The recorder of scene 1 runs 60 ppm fast and its clock is 4.7 s ahead of the camera's, as when nobody jammed them. In
scene 2 it was jammed, and is 30 ms off.
"""

from __future__ import annotations

from fractions import Fraction

from twopop_engine.demo.scene import RATE_HZ, Scene, Shot, Take

TIMELINE_START = "01:00:00:00"

SCENE_1 = Scene(
    seed=11,
    slate="SCENE 12\nTAKE 3\nROLL A001",
    start_timecode="10:14:22:05",
    length=24 * RATE_HZ,
    clap_frame=126,
    shot=Shot("A001C003.mov", 96, 384, 48, 312),
    take=Take(
        file_names=("S012T03.wav",),
        channels=("MIX", "BOOM", "ANNA LAV", "BEN LAV"),
        start=61_237,
        length=1_040_000,
        drift_ppm=60.0,
        clock_lead_s=Fraction("4.7"),
        date="2024-05-14",
        scene="12",
        take="3",
        roll="SR01",
        note="plane overhead at the top",
    ),
)

SCENE_2 = Scene(
    seed=23,
    slate="SCENE 14\nTAKE 1\nROLL A001",
    start_timecode="11:02:47:18",
    length=22 * RATE_HZ,
    clap_frame=84,
    shot=Shot("A001C007.mp4", 48, 336, 60, 264),
    take=Take(
        file_names=("S014T01_1.wav", "S014T01_2.wav"),
        channels=("BOOM", "BEN LAV"),
        start=118_603,
        length=800_000,
        drift_ppm=0.0,
        clock_lead_s=Fraction("0.030"),
        date="2024-05-14",
        scene="14",
        take="1",
        roll="SR01",
        note="",
    ),
)

OTHER_DAY = Scene(
    seed=37,
    slate="",
    start_timecode="15:31:06:00",
    length=20 * RATE_HZ,
    clap_frame=70,
    shot=None,
    take=Take(
        file_names=("S031T05.wav",),
        channels=("MIX", "BOOM"),
        start=12_000,
        length=900_000,
        drift_ppm=0.0,
        clock_lead_s=Fraction(0),
        date="2024-05-21",
        scene="31",
        take="5",
        roll="SR06",
        note="wild track",
    ),
)

SCENES = (SCENE_1, SCENE_2, OTHER_DAY)
