# SPDX-License-Identifier: GPL-3.0-or-later
"""siak-backup: the program behind the modules and the callback. Imports nothing from Ansible."""

from __future__ import annotations

__version__ = "0.1.0"
