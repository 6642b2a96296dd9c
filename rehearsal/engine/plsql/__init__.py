# SPDX-License-Identifier: GPL-3.0-or-later
"""PL/SQL: an anonymous block is compiled to Python closures, checked as Oracle's compiler checks, and run."""
