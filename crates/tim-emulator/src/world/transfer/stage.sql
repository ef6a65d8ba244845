-- Records of a large import in the order of the input; see stage.rs. No keys, so that a row is only appended.

CREATE TABLE account (user TEXT NOT NULL, sets_profile INTEGER NOT NULL);
CREATE TABLE profile (user TEXT NOT NULL, tag TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE follow (from_user TEXT NOT NULL, to_user TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE friend (
    owner TEXT NOT NULL,
    friend TEXT NOT NULL,
    source TEXT NOT NULL,
    remark TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE blocked (owner TEXT NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL);
