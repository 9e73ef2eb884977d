"""Links between placed sound and the camera clips that it belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.tags import tag_of
from twopop_otio.timeline import Document
from twopop_resolve.api import TimelineApi
from twopop_resolve.seats import Seat, items_at, seats_of


def link_sounds(timeline: TimelineApi, expected: Document, ids: Collection[str], dialect: ResolveDialect) -> None:
    """Links placed clips with all of the group that each is to join; whether they are, an export tells.

    Args:
        timeline: The open timeline.
        expected: As it is to be.
        ids: Of the changes that placed clips.
        dialect: Resolve's.

    Raises:
        HostFailed: A placed clip is not there.
    """
    groups: dict[str, list[Seat]] = defaultdict(list)
    joined: set[str] = set()
    for placement, seat in seats_of(expected, dialect):
        link = dialect.link(placement.node)
        if link is not None and len(placement.path) == 1:
            groups[link].append(seat)
            if tag_of(placement.node).get("change") in ids:
                joined.add(link)
    wanted = {link: seats for link, seats in groups.items() if link in joined}
    items = items_at(timeline, [seat for seats in wanted.values() for seat in seats])
    for seats in wanted.values():
        timeline.SetClipsLinked([items[seat] for seat in seats], True)
