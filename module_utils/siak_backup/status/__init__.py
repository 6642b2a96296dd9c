# SPDX-License-Identifier: GPL-3.0-or-later
"""The status page: what a head of office sees of all servers in the morning, as one HTML file."""
