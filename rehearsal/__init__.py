# SPDX-License-Identifier: GPL-3.0-or-later
"""The rehearsal Oracle server: it speaks Oracle's wire and executes what it is sent.

Nothing in `library/` or `module_utils/` knows of it.
"""
