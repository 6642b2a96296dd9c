# SPDX-License-Identifier: GPL-3.0-or-later
"""The agenda: a hash-chained journal, the state it tells, the judgement against the SOP, and texts for people."""

from __future__ import annotations
