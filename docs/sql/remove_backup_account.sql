-- SPDX-License-Identifier: GPL-3.0-or-later
-- Takes back what backup_account.sql gave, all of it, in the same database or
-- PDB. Files in the directory stay; a running export must have ended (CASCADE
-- drops its master table).
DROP DIRECTORY siak_backup_dir;
DROP USER siak_backup CASCADE;
