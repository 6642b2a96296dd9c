# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry of `python -m rehearsal`."""

from __future__ import annotations

import sys

from rehearsal.cli import main

sys.exit(main())
