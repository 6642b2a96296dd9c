# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at everything a night needs, on both sides, and says of each thing how it is and what would mend it."""
