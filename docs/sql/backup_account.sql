-- SPDX-License-Identifier: GPL-3.0-or-later
-- The account that makes the backup, with no more than it needs, for exports
-- of what is not its own: export_mode schema, table and full. Data Pump asks
-- the same role for all three and knows no smaller right. For an account that
-- exports its own schema only: backup_account_own.sql.
-- Run in SQL*Plus as a DBA, in the database that holds SIAK:
--   sqlplus / as sysdba @backup_account.sql
-- In a container database (12.1 or newer) that is the PDB, never CDB$ROOT:
--   ALTER SESSION SET CONTAINER = <name of the PDB>, then @backup_account.sql
-- Change the two lines below first; the folder must exist on the SERVER (on
-- RAC: on every node, shared) and belong to the operating system's oracle user.
-- The password is asked for and is written nowhere.
WHENEVER SQLERROR EXIT FAILURE
DEFINE backup_path = '/u01/siak_backup'
DEFINE quota_tablespace = 'USERS'
ACCEPT backup_password CHAR PROMPT 'Password for SIAK_BACKUP: ' HIDE

CREATE USER siak_backup IDENTIFIED BY "&backup_password"
  DEFAULT TABLESPACE &quota_tablespace QUOTA 200M ON &quota_tablespace;

-- To log on, and to hold Data Pump's master table while a job runs.
GRANT CREATE SESSION TO siak_backup;
GRANT CREATE TABLE TO siak_backup;

-- To export another schema, read it as of an SCN, and see sizes in the dictionary.
GRANT DATAPUMP_EXP_FULL_DATABASE TO siak_backup;

-- To see that the database is open, and its SCN.
GRANT SELECT ON sys.v_$database TO siak_backup;

-- Only where the doctor says that row-level security would filter the dump:
-- GRANT EXEMPT ACCESS POLICY TO siak_backup;

-- PUBLIC has these unless somebody hardened the database.
GRANT EXECUTE ON sys.dbms_datapump TO siak_backup;
GRANT EXECUTE ON sys.utl_file TO siak_backup;
GRANT EXECUTE ON sys.dbms_lob TO siak_backup;

-- Where the dump is written, and from where it is read over SQL*Net.
CREATE OR REPLACE DIRECTORY siak_backup_dir AS '&backup_path';
GRANT READ, WRITE ON DIRECTORY siak_backup_dir TO siak_backup;
