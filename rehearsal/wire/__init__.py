# SPDX-License-Identifier: GPL-3.0-or-later
"""Oracle's wire, server side: TNS packets and TTC messages to the values of `rehearsal.contract`, and back.

Written against what the unmodified python-oracledb thin client sends and accepts; the driver's
open source (github.com/oracle/python-oracledb) is the only public description of these layouts.
"""
