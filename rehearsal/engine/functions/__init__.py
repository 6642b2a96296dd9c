# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that SQL and PL/SQL share: Oracle's single-row built-ins and format models."""
