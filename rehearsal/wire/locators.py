# SPDX-License-Identifier: GPL-3.0-or-later
"""LOB locators: this server's own layout, within what the thin client looks at.

| bytes | what |
|---|---|
| 0..1 | length of the rest |
| 4 | 0x01 BLOB, 0x40 abstract: the client gives the locator back when Python drops the LOB |
| 5 | 0x08 initialised |
| 7 | 0x01 temporary |
| 8..15 | number of the LOB in its session |
| 16.. | BFILE: directory and file name, each after its length in two bytes; else zeros up to 40 bytes |
"""

from __future__ import annotations

from typing import cast

from ..contract import Bfile, Lob, OracleError, OraType

LOCATOR_BYTES = 40
MOST_LOBS = 65_536
KIND_FLAGS = {OraType.BLOB: 0x41, OraType.CLOB: 0x40, OraType.BFILE: 0x40}
INITIALISED = 0x08


class LobTable:
    """The LOBs that a session has handed out. A locator is good until the client frees it."""

    def __init__(self) -> None:
        self._lobs: dict[int, Lob] = {}
        self._last = 0

    def locator(self, lob: Lob) -> bytes:
        """Hand out `lob`; raises ORA-22922 when the client holds too many."""
        if len(self._lobs) >= MOST_LOBS:
            raise OracleError(22922, "nonexistent LOB value")
        self._last += 1
        self._lobs[self._last] = lob
        tail = self._last.to_bytes(8, "big")
        if lob.type is OraType.BFILE:
            bfile = cast("Bfile", lob)
            for name in (bfile.directory.encode(), bfile.name.encode()):
                tail += len(name).to_bytes(2, "big") + name
        head = bytes((0, 0, KIND_FLAGS[lob.type], INITIALISED, 0, 0))
        rest = (head + tail).ljust(LOCATOR_BYTES - 2, b"\0")
        return len(rest).to_bytes(2, "big") + rest

    def lob(self, locator: bytes) -> Lob:
        """Return the LOB behind `locator`; raises ORA-22922 for one that was freed or never given."""
        try:
            return self._lobs[_number(locator)]
        except KeyError:
            raise OracleError(22922, "nonexistent LOB value") from None

    def is_open_file(self, locator: bytes) -> bool:
        """Whether `locator` is good and that of a BFILE which is open."""
        lob = self._lobs.get(_number(locator))
        return lob is not None and lob.type is OraType.BFILE and lob.is_open()

    def free(self, locators: bytes) -> None:
        """Forget LOBs whose locators follow one another; an unknown one is no error, as it is gone."""
        while locators:
            length = int.from_bytes(locators[:2], "big") + 2
            self._lobs.pop(_number(locators[:length]), None)
            locators = locators[length:]


def _number(locator: bytes) -> int:
    return int.from_bytes(locator[8:16], "big")
