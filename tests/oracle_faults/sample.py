# SPDX-License-Identifier: GPL-3.0-or-later
"""Which faults run: all of them by `make faults`, a sample with every other test."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from tests.oracle_faults.catalogue import Fault

#: Set by `python -m tests.oracle_faults`.
ALL = "SIAK_ALL_FAULTS"


def runs_all() -> bool:
    """Tell whether every fault is asked for."""
    return bool(os.environ.get(ALL))


def chosen(faults: Iterable[Fault]) -> Sequence[Fault]:
    """Return the faults that run."""
    return [fault for fault in faults if fault.sample or runs_all()]
