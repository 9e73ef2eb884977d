"""XML from strangers: parsed with no entity of theirs expanded and nothing fetched.

A document type that declares entities can make a few lines grow to gigabytes, so it is refused; the bare
`<!DOCTYPE xmeml>` and `<!DOCTYPE fcpxml>` that editors write are not.
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.parsers import expat

Element = ElementTree.Element


class EntityDeclaredError(ValueError):
    """The document declares entities."""


def parse_xml(data: bytes) -> Element:
    """The root element of an XML document.

    Args:
        data: The file's bytes, in any encoding that it declares.

    Raises:
        ValueError: It is not well-formed, or it declares entities; the message says which.
    """
    parser = expat.ParserCreate()
    builder = ElementTree.TreeBuilder()
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError) as problem:
        raise ValueError(f"is not well-formed XML: {problem}; export it again") from problem
    return builder.close()


def text_of(element: Element | None, path: str, default: str = "") -> str:
    """The stripped text of a descendant; the default where there is none."""
    found = element.find(path) if element is not None else None
    return (found.text or "").strip() if found is not None else default


def _refuse(*_: object) -> None:
    raise EntityDeclaredError("declares entities in its document type, which no editor does; it was not read")
