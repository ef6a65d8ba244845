-- The whole state of the emulator. Counts and flags are kept by triggers, so no reader ever counts rows.

CREATE TABLE account (
    user TEXT PRIMARY KEY,
    followers INTEGER NOT NULL DEFAULT 0,
    following INTEGER NOT NULL DEFAULT 0,
    mutual INTEGER NOT NULL DEFAULT 0,
    friends INTEGER NOT NULL DEFAULT 0,
    blocked INTEGER NOT NULL DEFAULT 0,
    -- How often these were changed: the profile, the friend list without custom fields, the custom
    -- fields of friends, the friend groups, the blocklist.
    profile_sequence INTEGER NOT NULL DEFAULT 0,
    friend_sequence INTEGER NOT NULL DEFAULT 0,
    custom_sequence INTEGER NOT NULL DEFAULT 0,
    group_sequence INTEGER NOT NULL DEFAULT 0,
    block_sequence INTEGER NOT NULL DEFAULT 0,
    -- Unix seconds of the latest kick; null if the user was never kicked.
    kicked_at INTEGER
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
    -- A text that was never set is empty.
    source TEXT NOT NULL,
    remark TEXT NOT NULL,
    wording TEXT NOT NULL,
    -- JSON: the names of the groups of the owner that contain the friend, as an array.
    group_names TEXT NOT NULL,
    -- JSON: the custom fields by tag, as an object. The tags are sorted, so equal fields are equal
    -- texts.
    custom TEXT NOT NULL,
    -- Unix seconds.
    added_at INTEGER NOT NULL,
    PRIMARY KEY (owner, friend)
) WITHOUT ROWID;

CREATE INDEX friend_of ON friend (friend);
CREATE INDEX friend_by_time ON friend (owner, added_at, friend);

CREATE TRIGGER friend_added AFTER INSERT ON friend BEGIN
    UPDATE account SET
        friends = friends + 1,
        friend_sequence = friend_sequence + 1,
        custom_sequence = custom_sequence + (NEW.custom <> '{}')
    WHERE user = NEW.owner;
    UPDATE total SET friends = friends + 1;
END;

CREATE TRIGGER friend_changed AFTER UPDATE ON friend BEGIN
    UPDATE account SET
        friend_sequence = friend_sequence + (
            (OLD.source, OLD.remark, OLD.wording, OLD.group_names, OLD.added_at)
            <> (NEW.source, NEW.remark, NEW.wording, NEW.group_names, NEW.added_at)
        ),
        custom_sequence = custom_sequence + (OLD.custom <> NEW.custom)
    WHERE user = NEW.owner;
END;

CREATE TRIGGER friend_removed AFTER DELETE ON friend BEGIN
    UPDATE account SET
        friends = friends - 1,
        friend_sequence = friend_sequence + 1,
        custom_sequence = custom_sequence + (OLD.custom <> '{}')
    WHERE user = OLD.owner;
    UPDATE total SET friends = friends - 1;
END;

CREATE TABLE friend_group (
    -- The order of creation.
    position INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (owner, name)
);

CREATE TRIGGER group_begins AFTER INSERT ON friend_group BEGIN
    UPDATE account SET group_sequence = group_sequence + 1 WHERE user = NEW.owner;
END;

CREATE TRIGGER group_ends AFTER DELETE ON friend_group BEGIN
    UPDATE account SET group_sequence = group_sequence + 1 WHERE user = OLD.owner;
END;

-- Friend requests that the target has not accepted or rejected yet.
CREATE TABLE friend_request (
    to_user TEXT NOT NULL,
    from_user TEXT NOT NULL,
    source TEXT NOT NULL,
    remark TEXT NOT NULL,
    wording TEXT NOT NULL,
    group_name TEXT NOT NULL,
    -- Whether the acceptance also adds the requester to the friend list of the target.
    both_ways INTEGER NOT NULL,
    -- Unix seconds.
    requested_at INTEGER NOT NULL,
    PRIMARY KEY (to_user, from_user)
) WITHOUT ROWID;

CREATE INDEX friend_request_from ON friend_request (from_user);

CREATE TABLE blocked (
    owner TEXT NOT NULL,
    user TEXT NOT NULL,
    -- Unix seconds.
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (owner, user)
) WITHOUT ROWID;

CREATE INDEX blocked_by ON blocked (user, blocked_at, owner);
CREATE INDEX blocked_by_time ON blocked (owner, blocked_at DESC, user);

CREATE TRIGGER block_begins AFTER INSERT ON blocked BEGIN
    UPDATE account SET blocked = blocked + 1, block_sequence = block_sequence + 1 WHERE user = NEW.owner;
    UPDATE total SET blocked = blocked + 1;
END;

CREATE TRIGGER block_ends AFTER DELETE ON blocked BEGIN
    UPDATE account SET blocked = blocked - 1, block_sequence = block_sequence + 1 WHERE user = OLD.owner;
    UPDATE total SET blocked = blocked - 1;
END;

-- The login states that are not Offline.
CREATE TABLE login (
    user TEXT NOT NULL,
    platform TEXT NOT NULL,
    -- Online or PushOnline.
    status TEXT NOT NULL,
    -- Unix seconds.
    since INTEGER NOT NULL,
    PRIMARY KEY (user, platform)
) WITHOUT ROWID;
