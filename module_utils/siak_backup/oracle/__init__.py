# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that talks to an Oracle server. The only importer of oracledb."""
