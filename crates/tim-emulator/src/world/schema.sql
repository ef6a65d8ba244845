-- The whole state of the emulator. Counts and flags are kept by triggers, so no reader ever counts rows.

CREATE TABLE account (
    user TEXT PRIMARY KEY,
    followers INTEGER NOT NULL DEFAULT 0,
    following INTEGER NOT NULL DEFAULT 0,
    mutual INTEGER NOT NULL DEFAULT 0,
    friends INTEGER NOT NULL DEFAULT 0,
    blocked INTEGER NOT NULL DEFAULT 0,
    -- How often the profile, the friend list and the blocklist were changed.
    profile_sequence INTEGER NOT NULL DEFAULT 0,
    friend_sequence INTEGER NOT NULL DEFAULT 0,
    block_sequence INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- One row: how many rows the other tables have.
CREATE TABLE total (
    accounts INTEGER NOT NULL,
    follows INTEGER NOT NULL,
    friends INTEGER NOT NULL,
    blocked INTEGER NOT NULL
);
INSERT INTO total VALUES (0, 0, 0, 0);

CREATE TRIGGER account_begins AFTER INSERT ON account BEGIN
    UPDATE total SET accounts = accounts + 1;
END;

CREATE TRIGGER account_ends AFTER DELETE ON account BEGIN
    UPDATE total SET accounts = accounts - 1;
END;

CREATE TABLE profile (
    user TEXT NOT NULL,
    tag TEXT NOT NULL,
    -- JSON, because a value is a string or a number.
    value TEXT NOT NULL,
    PRIMARY KEY (user, tag)
) WITHOUT ROWID;

CREATE TABLE follow (
    from_user TEXT NOT NULL,
    to_user TEXT NOT NULL,
    -- Unix seconds; together with the number below the place in a list.
    followed_at INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    mutual INTEGER NOT NULL,
    PRIMARY KEY (from_user, to_user)
) WITHOUT ROWID;

-- One row: the number of the latest follow. Numbers are never used again, so a place in a list stays what it is.
CREATE TABLE latest_follow (sequence INTEGER NOT NULL);
INSERT INTO latest_follow VALUES (0);

CREATE TABLE friend (
    owner TEXT NOT NULL,
    friend TEXT NOT NULL,
    -- What friend_add said about it; empty when it said nothing.
    source TEXT NOT NULL,
    remark TEXT NOT NULL,
    -- Unix seconds.
    added_at INTEGER NOT NULL,
    PRIMARY KEY (owner, friend)
) WITHOUT ROWID;

CREATE INDEX friend_of ON friend (friend);

CREATE TRIGGER friend_added AFTER INSERT ON friend BEGIN
    UPDATE account SET friends = friends + 1, friend_sequence = friend_sequence + 1 WHERE user = NEW.owner;
    UPDATE total SET friends = friends + 1;
END;

CREATE TRIGGER friend_removed AFTER DELETE ON friend BEGIN
    UPDATE account SET friends = friends - 1, friend_sequence = friend_sequence + 1 WHERE user = OLD.owner;
    UPDATE total SET friends = friends - 1;
END;

CREATE TABLE blocked (
    owner TEXT NOT NULL,
    user TEXT NOT NULL,
    -- Unix seconds.
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (owner, user)
) WITHOUT ROWID;

CREATE INDEX blocked_by ON blocked (user);

CREATE TRIGGER block_begins AFTER INSERT ON blocked BEGIN
    UPDATE account SET blocked = blocked + 1, block_sequence = block_sequence + 1 WHERE user = NEW.owner;
    UPDATE total SET blocked = blocked + 1;
END;

CREATE TRIGGER block_ends AFTER DELETE ON blocked BEGIN
    UPDATE account SET blocked = blocked - 1, block_sequence = block_sequence + 1 WHERE user = OLD.owner;
    UPDATE total SET blocked = blocked - 1;
END;
