# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements and methods of collections."""

from __future__ import annotations

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue

from .types import ANY, BOOLEAN, NUMBER_TYPE, PlType
from .values import Collection, initial

_TYPES: dict[str, PlType] = {
    "COUNT": NUMBER_TYPE,
    "FIRST": ANY,
    "LAST": ANY,
    "NEXT": ANY,
    "PRIOR": ANY,
    "LIMIT": NUMBER_TYPE,
    "EXISTS": BOOLEAN,
}
PROCEDURES = {"DELETE", "EXTEND", "TRIM"}


def method_type(name: str) -> PlType | None:
    """Return the type of a method's value, None if there is no such method."""
    return _TYPES.get(name)


def element(collection: Collection | None, index: PlValue) -> PlValue:
    """Return an element. Raises ORA-06531, ORA-01403 (associative), ORA-06533 (beyond the end)."""
    items = _items(collection)
    if index in items:
        return items[index]
    if collection is not None and getattr(collection.type, "associative", True):
        raise OracleError(1403, "no data found")
    raise OracleError(6533, "Subscript beyond count")


def run_method(collection: Collection | None, name: str, arguments: list[PlValue]) -> PlValue:
    """Run COUNT, FIRST, LAST, NEXT, PRIOR, EXISTS, LIMIT, DELETE, EXTEND or TRIM."""
    if name == "EXISTS":
        return collection is not None and arguments[0] in collection.items
    items = _items(collection)
    indexes = sorted(items)
    if name == "COUNT":
        return len(items)
    if name in {"FIRST", "LAST"}:
        return (indexes[0] if name == "FIRST" else indexes[-1]) if indexes else None
    if name == "NEXT":
        return next((index for index in indexes if index > arguments[0]), None)
    if name == "PRIOR":
        return next((index for index in reversed(indexes) if index < arguments[0]), None)
    if collection is not None and name in PROCEDURES:
        _change(collection, name, arguments)
    return None


def _change(collection: Collection, name: str, arguments: list[PlValue]) -> None:
    items = collection.items
    if name == "EXTEND":
        for _ in range(int(arguments[0]) if arguments else 1):
            items[max(items, default=0) + 1] = initial(getattr(collection.type, "element", ANY))
    elif name == "TRIM":
        for _ in range(int(arguments[0]) if arguments else 1):
            items.pop(max(items))
    elif not arguments:
        items.clear()
    else:
        low, high = arguments[0], arguments[-1]
        for index in [index for index in items if low <= index <= high]:
            del items[index]


def _items(collection: Collection | None) -> dict[PlValue, PlValue]:
    if collection is None:
        raise OracleError(6531, "Reference to uninitialized collection")
    return collection.items
