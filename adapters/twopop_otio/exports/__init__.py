"""Timelines out to other formats: MLT XML, FCPXML, FCP7 XML, AAF, REAPER, EDL, and a list of markers.

A document becomes a flat cut (`flatten`), a writer turns that into files, and whatever a format cannot carry is said.
"""

from twopop_otio.exports.export import FORMATS, Exported, export, losses_by_format
from twopop_otio.exports.losses import Loss

__all__ = ["FORMATS", "Exported", "Loss", "export", "losses_by_format"]
