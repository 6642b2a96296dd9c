# SPDX-License-Identifier: GPL-3.0-or-later
"""The dated folders on the control node: what they hold, how they are made, how they are proven."""
