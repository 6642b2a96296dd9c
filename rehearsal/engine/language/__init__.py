# SPDX-License-Identifier: GPL-3.0-or-later
"""The language: bind names, grammar, syntax tree."""
