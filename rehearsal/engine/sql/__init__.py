# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's SQL translated to SQLite's and run there."""
