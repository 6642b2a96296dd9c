# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge an Oracle dump without Oracle: headers, logs, and the verdict on a set of pieces."""
