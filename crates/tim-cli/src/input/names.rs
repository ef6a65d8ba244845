//! The names of columns that a CSV header can have.
//!
//! Names are compared in lower case and without `_`, `-` and spaces, so `From_Account`,
//! `fromAccount` and `from account` are one name.

/// What a column with a known name contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// The user in `From_Account`; of a follow, the follower.
    From,
    /// The user in `To_Account`; of a follow, the followee.
    To,
    /// A user of a list of users. In a file of pairs, a column that does not matter.
    User,
    /// Something else that this program, the emulator or the service writes.
    Other,
}

const FROM: &[&str] =
    &["from", "fromaccount", "fromid", "fromuser", "fromuserid", "follower", "followerid", "source", "sourceid", "src"];
const TO: &[&str] = &[
    "to",
    "toaccount",
    "toid",
    "touser",
    "touserid",
    "followee",
    "followeeid",
    "followed",
    "followedid",
    "target",
    "targetid",
    "dst",
];
const USER: &[&str] = &["user", "userid", "uid", "id", "account", "accountid", "useraccount", "identifier"];

/// The columns that this program writes besides users, then those of the emulator and the service.
const OTHER: &[&str] = &[
    "command",
    "kind",
    "ok",
    "change",
    "relation",
    "followtype",
    "fromhasto",
    "tohasfrom",
    "fromblocksto",
    "toblocksfrom",
    "followers",
    "following",
    "mutual",
    "outcome",
    "code",
    "meaning",
    "info",
    "cursor",
    "profilesequence",
    "followedat",
    "profile",
    "nick",
    "allowtype",
    "selfsignature",
    "image",
    "gender",
    "birthday",
    "location",
    "language",
    "level",
    "role",
    "msgsettings",
    "adminforbidtype",
    "custom",
    "addsource",
    "addwording",
    "addedat",
    "blockedat",
    "count",
    "devices",
    "friends",
    "group",
    "groups",
    "remark",
    "result",
    "status",
    "time",
    "at",
    "followtime",
    "face",
    "faceurl",
    "resultcode",
    "resultinfo",
];

/// Names of columns in files of other programs. A first line that consists of them is a header, but
/// which column is which is unknown.
const FOREIGN: &[&str] = &[
    "created",
    "createdat",
    "date",
    "email",
    "friend",
    "friendid",
    "member",
    "memberid",
    "mobile",
    "name",
    "nickname",
    "openid",
    "owner",
    "ownerid",
    "phone",
    "timestamp",
    "type",
    "unionid",
    "updatedat",
    "username",
];

/// The best-known names for an error message.
pub(super) const KNOWN_IN_PAIRS: &str = "known names for the column `from`: from, From_Account, follower, source; \
                                         for `to`: to, To_Account, followee, target";
pub(super) const KNOWN_IN_LISTS: &str = "known names for the column of users: user, UserID, account, id";

/// What a column of this name contains; `None` if the name is unknown.
pub(super) fn column(name: &str) -> Option<Column> {
    let name = normalised(name);
    let tables = [(FROM, Column::From), (TO, Column::To), (USER, Column::User), (OTHER, Column::Other)];
    tables.into_iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, column)| column)
}

/// Whether a first line is a header: one of its fields is the name of a column of users.
pub(super) fn is_header(fields: &[String]) -> bool {
    fields.iter().any(|field| column(field).is_some_and(|column| column != Column::Other))
}

/// Whether a first line is probably a header with unknown names: each field looks like a name.
pub(super) fn looks_like_header(fields: &[String]) -> bool {
    fields.iter().all(|field| {
        let name = normalised(field);
        FOREIGN.contains(&name.as_str()) || column(field).is_some() || ends_like_name(field)
    })
}

/// Whether a field ends as names of columns do, `Owner ID` and `ownerId` for example. The user
/// `david` does not.
fn ends_like_name(field: &str) -> bool {
    let lower = field.to_lowercase();
    let separated = ["id", "name", "account"]
        .iter()
        .any(|end| lower.strip_suffix(end).is_some_and(|start| start.ends_with(['_', '-', ' '])));
    let camel = ["Id", "ID"]
        .iter()
        .any(|end| field.strip_suffix(end).is_some_and(|start| start.ends_with(|c: char| c.is_ascii_lowercase())));
    separated || camel
}

pub(super) fn normalised(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn users_are_not_taken_for_names_of_columns() {
        for line in ["owner,friend", "Owner ID,Friend ID", "ownerId,friendId", "name,email"] {
            assert!(looks_like_header(&fields(line)) && !is_header(&fields(line)), "{line}");
        }
        for line in ["david,astrid", "alice,bob", "user1,user2", "PAID,RAID", "alice,name"] {
            assert!(!looks_like_header(&fields(line)) && !is_header(&fields(line)), "{line}");
        }
        assert!(is_header(&fields("alice,user")));
    }
}
