-- Creates the accounts of all users and counts their relations; see merge.rs. A sequence grows by one for each change.

INSERT INTO main.account (
    user, followers, following, mutual, friends, blocked, profile_sequence, friend_sequence, custom_sequence,
    block_sequence
)
SELECT
    user, SUM(followers), SUM(following), SUM(mutual), SUM(friends), SUM(blocked), SUM(profiles), SUM(friends),
    SUM(customs), SUM(blocked)
FROM (
    SELECT
        to_user AS user, COUNT(*) AS followers, 0 AS following, 0 AS mutual, 0 AS friends, 0 AS customs, 0 AS blocked,
        0 AS profiles
    FROM main.follow GROUP BY to_user
    UNION ALL
    SELECT from_user, 0, COUNT(*), SUM(mutual), 0, 0, 0, 0 FROM main.follow GROUP BY from_user
    UNION ALL
    SELECT owner, 0, 0, 0, COUNT(*), SUM(custom <> '{}'), 0, 0 FROM main.friend GROUP BY owner
    UNION ALL
    -- Added to the row above, this gives the number of added friends with custom fields.
    SELECT owner, 0, 0, 0, 0, -friends, 0, 0 FROM stage.earlier_custom
    UNION ALL
    SELECT owner, 0, 0, 0, 0, 0, COUNT(*), 0 FROM main.blocked GROUP BY owner
    UNION ALL
    SELECT user, 0, 0, 0, 0, 0, 0, SUM(sets_profile) FROM stage.account GROUP BY user
    UNION ALL
    SELECT DISTINCT friend, 0, 0, 0, 0, 0, 0, 0 FROM stage.friend
    UNION ALL
    SELECT DISTINCT user, 0, 0, 0, 0, 0, 0, 0 FROM stage.blocked
    UNION ALL
    SELECT to_user, 0, 0, 0, 0, 0, 0, 0 FROM stage.friend_request
    UNION ALL
    SELECT from_user, 0, 0, 0, 0, 0, 0, 0 FROM stage.friend_request
)
GROUP BY user ORDER BY user
ON CONFLICT (user) DO UPDATE SET
    followers = excluded.followers,
    following = excluded.following,
    mutual = excluded.mutual,
    profile_sequence = account.profile_sequence + excluded.profile_sequence,
    friend_sequence = account.friend_sequence + excluded.friends - account.friends,
    custom_sequence = account.custom_sequence + excluded.custom_sequence,
    friends = excluded.friends,
    block_sequence = account.block_sequence + excluded.blocked - account.blocked,
    blocked = excluded.blocked;

UPDATE main.total SET
    accounts = (SELECT COUNT(*) FROM main.account),
    follows = (SELECT COUNT(*) FROM main.follow),
    friends = (SELECT COUNT(*) FROM main.friend),
    blocked = (SELECT COUNT(*) FROM main.blocked);
