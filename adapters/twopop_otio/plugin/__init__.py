"""The OpenTimelineIO plugin: hooks and a media linker for any tool that reads or writes timelines.

OTIO finds `plugin_manifest.json` one folder up, by the entry point "opentimelineio.plugins" or by the variable
OTIO_PLUGIN_MANIFEST_PATH, and loads the modules that it names by their path, so they import absolutely. Hooks run in
every OTIO tool of the environment; ours do nothing unless their argument is given.
"""
