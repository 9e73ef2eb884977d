"""XML in few words: elements with text, and a whole document as bytes.

Names come from strangers: what XML 1.0 has no spelling for (control characters, lone surrogates) becomes U+FFFD.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Text that XML can hold."""
    return _UNSPEAKABLE.sub("\ufffd", text)


def node(tag: str, attributes: dict[str, object] | None = None) -> Element:
    """An element."""
    return Element(tag, {key: clean(str(value)) for key, value in (attributes or {}).items()})


def child(parent: Element, tag: str, text: object = None, attributes: dict[str, object] | None = None) -> Element:
    """A new last child of an element."""
    made = SubElement(parent, tag, {key: clean(str(value)) for key, value in (attributes or {}).items()})
    if text is not None:
        made.text = clean(str(text))
    return made


def document(root: Element, doctype: str = "") -> bytes:
    """The whole file, indented, in UTF-8."""
    indent(root, "  ")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' + (f"<!DOCTYPE {doctype}>\n" if doctype else "")
    body: bytes = tostring(root, encoding="utf-8")
    return head.encode() + body + b"\n"
