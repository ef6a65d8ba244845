-- What keeps follows in order and counted; see upkeep.rs.

CREATE INDEX follow_following ON follow (from_user, followed_at, sequence);
CREATE INDEX follow_followers ON follow (to_user, followed_at, sequence);
CREATE INDEX follow_mutual ON follow (from_user, followed_at, sequence) WHERE mutual = 1;

CREATE TRIGGER follow_begins AFTER INSERT ON follow BEGIN
    UPDATE account SET following = following + 1, mutual = mutual + NEW.mutual WHERE user = NEW.from_user;
    UPDATE account SET followers = followers + 1, mutual = mutual + NEW.mutual WHERE user = NEW.to_user;
    UPDATE total SET follows = follows + 1;
    UPDATE follow SET mutual = 1 WHERE from_user = NEW.to_user AND to_user = NEW.from_user;
END;

CREATE TRIGGER follow_ends AFTER DELETE ON follow BEGIN
    UPDATE account SET following = following - 1, mutual = mutual - OLD.mutual WHERE user = OLD.from_user;
    UPDATE account SET followers = followers - 1, mutual = mutual - OLD.mutual WHERE user = OLD.to_user;
    UPDATE total SET follows = follows - 1;
    UPDATE follow SET mutual = 0 WHERE from_user = OLD.to_user AND to_user = OLD.from_user;
END;
