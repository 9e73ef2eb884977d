"""Media files: probing, exact reading and writing.

All times are on the file's own clock: presentation time, edit lists and priming honoured; zero is where a player
starts, and sample n of a sound stands at n / rate. Where to begin reading:

- `probe`: what a file holds (`info`); `recordings`: which files are one recording
- `pcm`: sound, exact to the sample; `frames`: pictures by presentation time
- `render`: stretches of recordings on another clock (`mixdown`, `resample`), as BWF (`wav`) with the source's identity
  (`lineage`)
- `shift`: a file's sound moved against its picture
- `jobs`: what the engine runs of this
"""
