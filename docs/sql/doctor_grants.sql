-- SPDX-License-Identifier: GPL-3.0-or-later
-- Not needed for a backup: lets playbooks/doctor.yml see everything it looks
-- at with an account that has no role (backup_account_own.sql), instead of
-- saying TIDAK DIKETAHUI. DATAPUMP_EXP_FULL_DATABASE includes all of it.
-- Run in SQL*Plus as a DBA, in the same database or PDB as the other script.
WHENEVER SQLERROR EXIT FAILURE
DEFINE backup_account = 'SIAKOFF'

-- UNDO_RETENTION and the parameters that stop Data Pump.
GRANT SELECT ON sys.v_$parameter TO &backup_account;
-- Whether the database is RAC.
GRANT SELECT ON sys.gv_$instance TO &backup_account;
-- How far the files of the master table's tablespace may grow.
GRANT SELECT ON sys.dba_data_files TO &backup_account;
-- Whether native network encryption is on.
GRANT SELECT ON sys.v_$session_connect_info TO &backup_account;
