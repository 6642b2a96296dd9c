# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to journals: killed writers, killed runs, full and failing disks, clocks, and people.

A part of it runs with every test; all of it by `make faults-agenda`.
"""

from __future__ import annotations

import os

#: The counts that `make faults-agenda` takes; else smaller ones.
FULL = os.environ.get("AGENDA_FAULTS") == "full"
