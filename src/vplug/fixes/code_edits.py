"""Changes of Python files: one string literal for another, every other byte kept."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from vplug.model import Location

if TYPE_CHECKING:
    import libcst


def replace_string(data: bytes, place: Location | None, old: str, new: str) -> bytes | None:
    """Return the file with the literal ``old`` inside ``place`` written as ``new``.

    Prefix and quotes stay. ``None`` where no literal there holds just that text, where a dictionary has
    the new key already, or where the file cannot be written back byte for byte.

    Args:
        data: the file, in whatever encoding it declares.
        place: lines and columns within which to look; ``None`` for the keys of dictionaries anywhere.
        old: the text of the literal.
        new: its new text; letters, digits, dots, colons and underscores.
    """
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    try:
        module = libcst.parse_module(data)
    except (libcst.ParserSyntaxError, UnicodeDecodeError, LookupError, ValueError):
        return None
    if module.bytes != data:
        return None
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    wanted: list[libcst.SimpleString] = []
    taken: list[libcst.SimpleString] = []  # a second key of the new name would hide one of the two

    class Finder(libcst.CSTVisitor):
        def visit_SimpleString(self, node: libcst.SimpleString) -> None:  # noqa: N802
            if place is not None and node.evaluated_value == old:
                if _inside(positions[node], place):
                    wanted.append(node)

        def visit_DictElement(self, node: libcst.DictElement) -> None:  # noqa: N802
            key = node.key
            if place is None and isinstance(key, libcst.SimpleString):
                if key.evaluated_value == old:
                    wanted.append(key)
                elif key.evaluated_value == new:
                    taken.append(key)

    module.visit(Finder())
    if not wanted or taken or (place is None and len(wanted) > 1):
        return None
    changed: Any = module
    for node in wanted:
        written = f"{node.prefix}{node.quote}{new}{node.quote}"
        if ast.literal_eval(written) != new:
            return None
        changed = changed.deep_replace(node, node.with_changes(value=written))
    result: bytes = changed.bytes
    return result if result != data else None


def _inside(span: Any, place: Location) -> bool:
    if place.line is None:
        return False
    first = (place.line, (place.column or 1) - 1)
    last = (place.end_line or place.line, (place.end_column or 1_000_000) - 1)
    start = (span.start.line, span.start.column)
    end = (span.end.line, span.end.column)
    return first <= start and end <= last
