# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 5: a copy on a medium, read back from it and compared."""
