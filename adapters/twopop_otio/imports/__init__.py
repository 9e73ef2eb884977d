"""Timelines of other formats as OTIO documents, and their media found again.

`read_any` reads OTIO, EDL, AAF, FCP7 XML and FCPXML; `relink` looks for missing media in folders. What a format says
and OTIO or we cannot carry is a note, never silent; docs/import.md lists it by format.
"""

from twopop_otio.imports.imported import Imported
from twopop_otio.imports.reader import read_any
from twopop_otio.imports.relink import LinkEvent, Relinked, relink

__all__ = ["Imported", "LinkEvent", "Relinked", "read_any", "relink"]
