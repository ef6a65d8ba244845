//! The requests and responses of the commands that the plans use, with paths and keys as literals.

use serde_json::Value;

/// A command: its name, the key of its targets, and the key of the items in its response.
struct Command {
    name: &'static str,
    targets: Option<&'static str>,
    items: Option<&'static str>,
}

const COMMANDS: [Command; 8] = [
    Command { name: "follow_add", targets: Some("FollowItem"), items: Some("ResultItem") },
    Command { name: "follow_delete", targets: Some("To_Account"), items: Some("ResultItem") },
    Command { name: "follow_check", targets: Some("To_Account"), items: Some("ResultItem") },
    Command { name: "follow_get", targets: None, items: None },
    Command { name: "friend_import", targets: Some("AddFriendItem"), items: Some("ResultItem") },
    Command { name: "black_list_add", targets: Some("To_Account"), items: Some("ResultItem") },
    Command { name: "portrait_set", targets: None, items: None },
    Command { name: "kick", targets: None, items: None },
];

/// All commands, for the rate limiters.
pub(crate) fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name)
}

/// The part of a request that says what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) command: &'static str,
    /// The user in `From_Account`; empty if the command has none, or if it is the target.
    pub(crate) from: String,
    pub(crate) targets: Vec<Target>,
}

/// A target: a user, and the other field that distinguishes targets in the plans.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) user: String,
    pub(crate) detail: String,
}

impl Target {
    pub(crate) fn new(user: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { user: user.into(), detail: detail.into() }
    }
}

impl Request {
    /// Reads a request; `None` if no plan contains the command, or the body is another one.
    pub(crate) fn read(command: &str, body: &[u8]) -> Option<Self> {
        let Command { name, targets: key, .. } = COMMANDS.iter().find(|known| known.name == command)?;
        let body: Value = serde_json::from_slice(body).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let from = || text(&body["From_Account"]);
        let (from, targets) = match (*name, key) {
            ("kick", _) => (String::new(), vec![Target::new(text(&body["UserID"])?, "")]),
            ("portrait_set", _) => (String::new(), vec![Target::new(from()?, text(&body["ProfileItem"][0]["Value"])?)]),
            (_, None) => (from()?, Vec::new()),
            (_, Some(key)) => {
                let target = |value: &Value| match value.as_str() {
                    Some(user) => Some(Target::new(user, "")),
                    None => {
                        Some(Target::new(value["To_Account"].as_str()?, value["Remark"].as_str().unwrap_or_default()))
                    }
                };
                (from()?, body[*key].as_array()?.iter().map(target).collect::<Option<_>>()?)
            }
        };
        Some(Self { command: name, from, targets })
    }

    /// The key of the targets; `None` if the request has no list of targets.
    pub(crate) fn targets_key(&self) -> Option<&'static str> {
        COMMANDS.iter().find(|known| known.name == self.command)?.targets
    }

    /// The key of the items in the response; `None` if the response has no items.
    pub(crate) fn items_key(&self) -> Option<&'static str> {
        COMMANDS.iter().find(|known| known.name == self.command)?.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(command: &str, body: &str) -> (String, Vec<(String, String)>) {
        let request = Request::read(command, body.as_bytes()).unwrap();
        (request.from, request.targets.into_iter().map(|target| (target.user, target.detail)).collect())
    }

    #[test]
    fn a_request_has_a_user_and_targets() {
        let pair = |user: &str, detail: &str| (user.to_owned(), detail.to_owned());
        let add = r#"{"From_Account":"a","FollowItem":[{"To_Account":"b"},{"To_Account":"c"}]}"#;
        assert_eq!(read("follow_add", add), ("a".to_owned(), vec![pair("b", ""), pair("c", "")]));
        let check = r#"{"From_Account":"a","To_Account":["b"]}"#;
        assert_eq!(read("follow_check", check), ("a".to_owned(), vec![pair("b", "")]));
        let set = r#"{"From_Account":"a","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"n"}]}"#;
        assert_eq!(read("portrait_set", set), (String::new(), vec![pair("a", "n")]));
        let import = r#"{"From_Account":"a","AddFriendItem":[{"To_Account":"b","Remark":"r"}]}"#;
        assert_eq!(read("friend_import", import), ("a".to_owned(), vec![pair("b", "r")]));
        assert_eq!(Request::read("unknown", b"{}"), None);
    }
}
