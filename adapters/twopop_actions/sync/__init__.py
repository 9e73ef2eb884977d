"""The recipe step "sync": recorder sound for camera clips.

`slots` picks the stretches of camera sound to replace, `clock` maps them to the files' own clocks, `coverage` chooses
recordings, `placement` decides between linking and rendering, `lanes` names the tracks, `step` does it all.
"""
