"""The Blender host: one scene's sequencer, read and edited through `bpy`, and the work behind the extension's panel."""
