# SPDX-License-Identifier: GPL-3.0-or-later
"""How fresh the backups are, looked at from outside the night, for people and for Prometheus."""
