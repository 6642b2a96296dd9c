# SPDX-License-Identifier: GPL-3.0-or-later
"""The data dictionary: views computed when they are read."""

from __future__ import annotations

from .instance import INSTANCE_VIEWS
from .objects import OBJECT_VIEWS
from .security import SECURITY_VIEWS
from .space import SPACE_VIEWS
from .view import DictionaryContext, View

VIEWS: dict[str, View] = {view.name: view for view in (*OBJECT_VIEWS, *SECURITY_VIEWS, *INSTANCE_VIEWS, *SPACE_VIEWS)}

__all__ = ["VIEWS", "DictionaryContext", "View"]
