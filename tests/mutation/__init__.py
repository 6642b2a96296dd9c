# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutation testing of the code that judges: `make mutate`, docs/mutation.md, docs/adr/0028."""
