# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in the archive and on a medium. None may lead out of its folder or surprise a reader of SHA256SUMS."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOG_NAME = "export.log"
MANIFEST_NAME = "manifest.json"
SUMS_NAME = "SHA256SUMS"

#: Pieces being collected: `.masuk-<run id>`.
STAGING_PREFIX = ".masuk-"

#: Plain on every file system an office may plug in, in a shell, and in the
#: text of sha256sum(1), which escapes the odd ones.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def is_plain(name: str) -> bool:
    """Tell whether a name is made of letters, digits, `.`, `_` and `-`, beginning with a letter or digit."""
    return _PLAIN.fullmatch(name) is not None


def plain_name(name: str, *, what: str) -> str:
    """Return `name` if it is plain. Raises ConfigError, in which `what` says whose name it is, if not."""
    if not is_plain(name):
        raise ConfigError(
            f"{what} {name!r} tidak dapat dipakai sebagai nama berkas",
            where=what,
            remedy="pakai huruf, angka, titik, garis bawah dan tanda hubung saja",
        )
    return name


def piece_names(count: int) -> tuple[str, ...]:
    """Return the names of a dump set's pieces, in its order.

    One piece is the SOP's `master.dmp`; more are `master_01.dmp` on, which
    impdp finds by `DUMPFILE=master_%U.dmp`.
    """
    if count == 1:
        return ("master.dmp",)
    return tuple(f"master_{number:02}.dmp" for number in range(1, count + 1))


def free_names(base: str, taken: Sequence[str]) -> Iterator[str]:
    """Yield `base`, `base_2`, `base_3` ... without those taken; case is ignored, as exFAT and NTFS do."""
    known = {name.lower() for name in taken}
    for number in itertools.count(1):
        name = base if number == 1 else f"{base}_{number}"
        if name.lower() not in known:
            yield name
