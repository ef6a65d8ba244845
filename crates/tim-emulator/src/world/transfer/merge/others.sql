-- Adds the staged friends, blocks and profile fields; see merge.rs. Of several rows with the same key, the first one
-- counts, except for profile fields, where it is the last one.

INSERT INTO stage.earlier_custom
SELECT owner, COUNT(*) FROM main.friend WHERE custom <> '{}' GROUP BY owner;

INSERT OR IGNORE INTO main.friend (owner, friend, source, remark, wording, group_names, custom, added_at)
SELECT owner, friend, source, remark, wording, group_names, custom, at FROM stage.friend ORDER BY owner, friend, rowid;

INSERT OR IGNORE INTO main.blocked (owner, user, blocked_at)
SELECT owner, user, at FROM stage.blocked ORDER BY owner, user, rowid;

INSERT OR REPLACE INTO main.profile (user, tag, value)
SELECT user, tag, value FROM stage.profile ORDER BY user, tag, rowid;
