-- SPDX-License-Identifier: GPL-3.0-or-later
-- Lets the account of the backup log on as the owner of SIAK's tables without
-- the owner's password: user SIAK_BACKUP[SIAKOFF]. The session then has the
-- owner's rights, so the owner gets the grants of backup_account_own.sql; the
-- proxy needs CREATE SESSION alone, and none of backup_account.sql.
-- Run in SQL*Plus as a DBA, in the same database or PDB.
WHENEVER SQLERROR EXIT FAILURE
DEFINE schema_owner = 'SIAKOFF'
DEFINE proxy_account = 'SIAK_BACKUP'

GRANT CREATE SESSION TO &proxy_account;
ALTER USER &schema_owner GRANT CONNECT THROUGH &proxy_account;
