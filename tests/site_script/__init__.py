# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose own script makes the backup: programs that play expdp and exp, and a folder for them to fill."""
