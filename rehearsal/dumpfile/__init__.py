# SPDX-License-Identifier: GPL-3.0-or-later
"""Dump files and export logs in Oracle's own layout, holding real rows and saying REHEARSAL."""
