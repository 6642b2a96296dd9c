# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls a medium, on real file systems: `make faults-media` runs it all and prints a table."""
