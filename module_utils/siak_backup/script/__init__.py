# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 2 by the site's own script, run where it lies."""
