# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 1: everything that must hold is looked at in one go, before anything is changed."""
