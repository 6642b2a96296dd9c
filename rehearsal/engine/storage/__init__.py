# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database keeps: rows and their history, the catalogue, accounts."""
