"""The OTIO host: reads timelines and applies change lists to them.

The file is edited as the JSON that it is. The OpenTimelineIO library (0.18.1) rewrites what it reads: in a real export
of DaVinci Resolve it rounds 19 of 854 numbers, it upgrades clips to a newer schema, and it refuses a whole timeline for
one marker of a newer version. An editor's effects must come back as they were, to the last digit, so what no change
names is carried as it stands. The tests read the results with that library.
"""
