"""Paths in requests: whatever a field is named after a path must be absolute, so that no folder is guessed."""

from __future__ import annotations

import os
from collections.abc import Iterator

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from twopop.errors import OptionInvalid

_MAY_BE_EMPTY = frozenset(
    {
        "twopop.v1.MonitorStart.path",  # the client sends sound and picture
        "twopop.v1.PullModelRequest.from_path",  # fetch it
        "twopop.v1.ConvertModelRequest.checkpoint_path",  # the one in the store
        "twopop.v1.ConvertModelRequest.output_dir",  # the store
        "twopop.v1.VerifyModelRequest.media_path",  # what the card names
    }
)


def check_paths(request: Message) -> None:
    """Checks every field named `path`, `paths`, `*_path`, `*_paths` or `*_dir`, however deep.

    Args:
        request: A capability's request. Its own path fields must be set, but for those of `_MAY_BE_EMPTY`; those of the
            messages inside may be left empty where the protocol says what that means.

    Raises:
        OptionInvalid: A path is missing, not absolute, or holds a NUL character.
    """
    for name, path in _paths(request):
        if not path:
            raise OptionInvalid.of(name, "a path is needed here")
        if "\0" in path:
            raise OptionInvalid.of(name, f"{path!r} is not a path")
        if not os.path.isabs(path):
            raise OptionInvalid.of(name, f"{path!r} is not an absolute path")


def _paths(message: Message, prefix: str = "") -> Iterator[tuple[str, str]]:
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        names_path = field.name.rpartition("_")[2] in ("path", "paths", "dir")
        if isinstance(value, Message):
            yield from _paths(value, f"{prefix}{field.name}.")
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            if field.message_type and field.message_type.GetOptions().map_entry:
                continue  # maps of the protocol hold figures by name
            for index, child in enumerate(value):
                yield from _paths(child, f"{prefix}{field.name}[{index}].")
        elif names_path and isinstance(value, str):
            if value or not (prefix or field.full_name in _MAY_BE_EMPTY):
                yield prefix + field.name, value
        elif names_path:
            for index, path in enumerate(value):
                yield f"{prefix}{field.name}[{index}]", path
