-- Adds the staged follows; see merge.rs. Of several rows with the same users, the first one counts.

INSERT OR IGNORE INTO main.follow (from_user, to_user, followed_at, sequence, mutual)
SELECT from_user, to_user, at, (SELECT sequence FROM main.latest_follow) + rowid, 0
FROM stage.follow ORDER BY from_user, to_user, rowid;

UPDATE main.latest_follow SET sequence = sequence + (SELECT COALESCE(MAX(rowid), 0) FROM stage.follow);

-- Both sides of INTERSECT are sorted and merged, which is faster than to look up the reverse of each row.
CREATE TABLE stage.mutual AS
SELECT from_user, to_user FROM main.follow INTERSECT SELECT to_user, from_user FROM main.follow ORDER BY 1, 2;

UPDATE main.follow SET mutual = 1 FROM stage.mutual AS pair
WHERE follow.from_user = pair.from_user AND follow.to_user = pair.to_user AND follow.mutual = 0;
