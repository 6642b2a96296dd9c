# SPDX-License-Identifier: GPL-3.0-or-later
"""The agenda on paper: Laporan, register, rekap and blank forms, as PDF and XLSX, made from the journal alone."""
