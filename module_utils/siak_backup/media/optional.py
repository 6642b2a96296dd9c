# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that only some settings need: imported then, not before."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from types import ModuleType


def library(name: str, *, setting: str) -> ModuleType:
    """Return an installed library. Raises ConfigError that names the setting which needs it."""
    try:
        return import_module(name)
    except ImportError:
        raise ConfigError(
            f"pustaka Python {name} belum terpasang",
            where=setting,
            remedy="pasang dengan pip install --require-hashes --no-deps -r requirements/run.txt, "
            "atau matikan setelan itu",
        ) from None
