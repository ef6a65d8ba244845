-- Adds the staged friend groups, friend requests, login states and kicks; see merge.rs. The
-- accounts must exist, because the triggers of groups count in them.

INSERT OR IGNORE INTO main.friend_group (owner, name)
SELECT owner, name FROM stage.friend_group ORDER BY rowid;

-- Of several requests with the same users, the first one is used.
INSERT OR IGNORE INTO main.friend_request (
    to_user, from_user, source, remark, wording, group_name, both_ways, requested_at
)
SELECT to_user, from_user, source, remark, wording, group_name, both_ways, at
FROM stage.friend_request ORDER BY to_user, from_user, rowid;

INSERT OR REPLACE INTO main.login (user, platform, status, since)
SELECT user, platform, status, at FROM stage.login ORDER BY user, platform, rowid;

-- With MAX, the other columns are those of the latest row.
UPDATE main.account SET kicked_at = latest.at
FROM (SELECT user, at, MAX(rowid) FROM stage.kick GROUP BY user) AS latest
WHERE account.user = latest.user;
