# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls an Oracle server and the way to it: `make faults` runs it all and writes docs/faults.md."""
