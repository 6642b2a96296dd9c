# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a JSON object that nobody vouches for, key by key."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LONGEST_TEXT = 4000

#: Owner and table of 128 bytes each, and the point between them.
_LONGEST_NAME = 257


def read_object(value: object, read: Callable[[Fields], T], *, name: str) -> T:
    """Return what `read` makes of a JSON object, having taken every key of it.

    Raises ValueError that names the key, or `name` where it is the object itself.
    """
    fields = Fields(value, name)
    result = read(fields)
    fields.done()
    return result


class Fields:
    """One object: every key is asked for once, by type, and none may be left over.

    All methods raise ValueError that names the key.
    """

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise self._wrong(name)
        self._left = dict(value)
        self._name = name

    def text(self, key: str) -> str:
        """Return printable text of at most 4,000 characters."""
        return self._text(key, self._take(key))

    def name(self, key: str) -> str:
        """Return a name of Oracle's, which may hold any character but is short."""
        value = self._take(key)
        if not isinstance(value, str) or len(value) > _LONGEST_NAME:
            raise self._wrong(key)
        return value

    def whole(self, key: str) -> int:
        """Return a whole number from 0."""
        value = self._take(key)
        if type(value) is not int or value < 0:
            raise self._wrong(key)
        return value

    def whole_or_none(self, key: str) -> int | None:
        """Return a whole number from 0, or None where the value is null."""
        if self._left.get(key, 0) is None:
            del self._left[key]
            return None
        return self.whole(key)

    def truth(self, key: str) -> bool:
        """Return true or false."""
        value = self._take(key)
        if not isinstance(value, bool):
            raise self._wrong(key)
        return value

    def time(self, key: str) -> str:
        """Return a time in ISO 8601 with offset, as it is written."""
        value = self.text(key)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise self._wrong(key) from None
        if moment.tzinfo is None:
            raise self._wrong(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self._text(key, item) for item in self._list(key))

    def one(self, key: str, read: Callable[[Fields], T]) -> T:
        """Return what `read` makes of the object under a key."""
        return read_object(self._take(key), read, name=key)

    def many(self, key: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        """Return what `read` makes of each object of a list."""
        return tuple(read_object(item, read, name=key) for item in self._list(key))

    def done(self) -> None:
        """Say that no key may be left."""
        if self._left:
            raise ValueError(f"{self._name} memuat {min(map(str, self._left))!r} yang tidak dikenal")

    def _take(self, key: str) -> object:
        if key not in self._left:
            raise ValueError(f"{key} tidak ada")
        return self._left.pop(key)

    def _list(self, key: str) -> list[object]:
        value = self._take(key)
        if not isinstance(value, list):
            raise self._wrong(key)
        return value

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST_TEXT:
            raise self._wrong(key)
        return value

    @staticmethod
    def _wrong(key: str) -> ValueError:
        return ValueError(f"{key} bernilai mustahil")
