-- SPDX-License-Identifier: GPL-3.0-or-later
-- Takes back what backup_account.sql gave. Files in the directory stay.
DROP DIRECTORY siak_backup_dir;
DROP USER siak_backup CASCADE;
