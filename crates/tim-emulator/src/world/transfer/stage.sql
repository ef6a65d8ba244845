-- Records of a large import in the order of the input; see stage.rs. No keys, so that a row is only appended.

CREATE TABLE account (user TEXT NOT NULL, sets_profile INTEGER NOT NULL);
CREATE TABLE profile (user TEXT NOT NULL, tag TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE follow (from_user TEXT NOT NULL, to_user TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE friend (
    owner TEXT NOT NULL,
    friend TEXT NOT NULL,
    source TEXT NOT NULL,
    remark TEXT NOT NULL,
    wording TEXT NOT NULL,
    group_names TEXT NOT NULL,
    custom TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE blocked (owner TEXT NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL);
-- The groups of account records and of friend records.
CREATE TABLE friend_group (owner TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE friend_request (
    to_user TEXT NOT NULL,
    from_user TEXT NOT NULL,
    source TEXT NOT NULL,
    remark TEXT NOT NULL,
    wording TEXT NOT NULL,
    group_name TEXT NOT NULL,
    both_ways INTEGER NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE login (user TEXT NOT NULL, platform TEXT NOT NULL, status TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE kick (user TEXT NOT NULL, at INTEGER NOT NULL);
-- How many friends with custom fields each owner had before the merge.
CREATE TABLE earlier_custom (owner TEXT NOT NULL, friends INTEGER NOT NULL);
