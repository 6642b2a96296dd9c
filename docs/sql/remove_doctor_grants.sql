-- SPDX-License-Identifier: GPL-3.0-or-later
-- Takes back what doctor_grants.sql gave.
DEFINE backup_account = 'SIAKOFF'

REVOKE SELECT ON sys.v_$parameter FROM &backup_account;
REVOKE SELECT ON sys.gv_$instance FROM &backup_account;
REVOKE SELECT ON sys.dba_data_files FROM &backup_account;
REVOKE SELECT ON sys.v_$session_connect_info FROM &backup_account;
