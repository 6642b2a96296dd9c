# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells people after the night, by the channels of the office. Nothing here changes what the night was."""
