# SPDX-License-Identifier: GPL-3.0-or-later
"""People who do not exist: a synthetic civil registry of any size.

Every NIK and family card number begins with 620899, a district that does not
exist, so that none can be a real one.
"""

from __future__ import annotations

from rehearsal.residents.people import batches
from rehearsal.residents.tables import SCHEMA, TABLES, Table

__all__ = ["SCHEMA", "TABLES", "Table", "batches"]
