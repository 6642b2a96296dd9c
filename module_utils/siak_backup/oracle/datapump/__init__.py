# SPDX-License-Identifier: GPL-3.0-or-later
"""An export by DBMS_DATAPUMP, from the plan to the proven end of the job."""
