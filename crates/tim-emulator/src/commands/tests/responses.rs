//! What the model returns for each command.

use std::cmp::Reverse;

use serde_json::{Map, Value, json};

use super::commands::{Act, Start};
use super::model::{Model, No};

/// The parts of an response beside the envelope.
pub(super) type Body = Map<String, Value>;

pub(super) fn body(value: Value) -> Body {
    value.as_object().unwrap().clone()
}

/// Which side of two has the other, in the words of the checks.
fn side(ours: bool, theirs: bool, none: &'static str) -> &'static str {
    match (ours, theirs) {
        (true, true) => "BothWay",
        (true, false) => "AWithB",
        (false, true) => "BWithA",
        (false, false) => none,
    }
}

impl Model {
    /// The response to a command, in which every text that is not empty is a question mark.
    pub(super) fn response(&mut self, act: &Act) -> Value {
        let before = self.clone();
        let (code, mut response) = match self.run(act) {
            // A rejected call can have a body too.
            Ok(body) => (body.get("ErrorCode").map_or(0, |code| code.as_i64().unwrap()), body),
            Err(No::Item(code) | No::Call(code)) => {
                *self = before;
                (code, Body::new())
            }
        };
        response.insert("ErrorCode".into(), code.into());
        response.insert("ActionStatus".into(), if code == 0 { "OK" } else { "FAIL" }.into());
        response.insert("ErrorInfo".into(), if code == 0 { "" } else { "?" }.into());
        if !act.path().starts_with("im_open") && !act.path().starts_with("openim") {
            response.insert("ErrorDisplay".into(), "".into());
        }
        response.into()
    }

    fn run(&mut self, act: &Act) -> Result<Body, No> {
        match act {
            Act::Follow { from, to } => {
                self.asked(from, to, 20)?;
                self.results(to, |model, to| model.follow(from, to))
            }
            Act::Unfollow { from, to } => {
                self.asked(from, to, 20)?;
                self.results(to, |model, to| model.unfollow(from, to))
            }
            Act::CheckFollows { from, to } => self.check_follows(from, to),
            Act::CountFollows { from, to } => self.count_follows(from, to),
            Act::ListFollows { from, kind, want, start } => self.page(from, *kind, *want, *start),
            Act::Friends { path, request } => self.about_friends(path, request),
            Act::Unfriend { from, to, both } => {
                self.asked(from, to, 1000)?;
                let response = self.results(to, |model, to| model.part(from, to, *both))?;
                Ok(self.written(response))
            }
            Act::UnfriendAll { from, both } => {
                self.asks(from)?;
                self.part_from_all(from, *both);
                Ok(Body::new())
            }
            Act::CheckFriends { from, to, both } => {
                self.asked(from, to, 1000)?;
                self.check(to, "InfoItem", "CheckResult_Type", "NoRelation", |model, to| {
                    (model.friends(from, to), *both && model.friends(to, from))
                })
            }
            Act::ListFriends { from, start, standard, custom } => self.list_friends(from, *start, *standard, *custom),
            Act::Block { from, to } => {
                self.asked(from, to, 1000)?;
                let response = self.results(to, |model, to| model.block(from, to))?;
                Ok(self.written(response))
            }
            Act::Unblock { from, to } => {
                self.asked(from, to, 1000)?;
                let response = self.results(to, |model, to| model.unblock(from, to))?;
                Ok(self.written(response))
            }
            Act::CheckBlocks { from, to, both } => {
                self.asked(from, to, 1000)?;
                self.check(to, "BlackListCheckItem", "BlackCheckResult_Type", "NO", |model, to| {
                    (model.blocks(from, to), *both && model.blocks(to, from))
                })
            }
            Act::ListBlocks { from, start, want, known } => self.list_blocks(from, *start, *want, *known),
            Act::Group(act) => self.run_group(act),
            Act::Import { user, nick } => {
                named(std::slice::from_ref(user))?;
                self.import(user, nick.as_deref());
                Ok(Body::new())
            }
            Act::ImportMany { users, nick } => {
                let (valid, failed): (Vec<_>, Vec<_>) = users.iter().partition(|user| !user.is_empty());
                if users.is_empty() || (valid.is_empty() && self.quirks.all_rejected_rejects_call) {
                    return Err(No::Call(70402));
                }
                valid.into_iter().for_each(|user| self.import(user, nick.as_deref()));
                Ok(body(json!({ "FailAccounts": failed })))
            }
            Act::Allow { user, whom } => {
                if user.is_empty() {
                    return Err(No::Call(40001));
                }
                if !self.exists(user) {
                    return Err(No::Call(40003));
                }
                self.set_field(user, "Tag_Profile_IM_AllowType", &format!("AllowType_Type_{whom}"));
                Ok(Body::new())
            }
            Act::Session(act) => self.run_session(act),
            Act::Profile(act) => self.run_profile(act),
            Act::Delete { users } => {
                named(users)?;
                let items = self.results(users, |model, user| model.delete(user))?;
                // This command calls its users otherwise than the others.
                let text = Value::from(items).to_string().replace("To_Account", "UserID");
                Ok(body(serde_json::from_str(&text).unwrap()))
            }
            Act::Exist { users } => {
                named(users)?;
                let item = |user: &String| {
                    let status = if self.exists(user) { "Imported" } else { "NotImported" };
                    json!({ "UserID": user, "ResultCode": 0, "ResultInfo": "", "AccountStatus": status })
                };
                Ok(body(json!({ "ResultItem": users.iter().map(item).collect::<Vec<_>>() })))
            }
        }
    }

    /// What all commands require of the caller: names, not too many, and an account.
    pub(super) fn asked(&self, from: &str, to: &[String], max: usize) -> Result<(), No> {
        if to.is_empty() || to.len() > max || to.iter().any(String::is_empty) {
            return Err(No::Call(30001));
        }
        self.asks(from)
    }

    pub(super) fn asks(&self, from: &str) -> Result<(), No> {
        match from {
            "" => Err(No::Call(30001)),
            _ if self.exists(from) => Ok(()),
            _ => Err(No::Call(30003)),
        }
    }

    /// An item for each target, with the keys of `act`, or of `rejected` when it rejects.
    pub(super) fn each(
        &mut self,
        to: &[String],
        key: &str,
        mut act: impl FnMut(&mut Self, &str) -> Result<Value, No>,
        rejected: Value,
    ) -> Result<Body, No> {
        let mut items = Vec::new();
        let mut codes = Vec::new();
        for to in to {
            let (code, more) = match act(self, to) {
                Ok(more) => (0, more),
                Err(No::Item(code)) => (code, rejected.clone()),
                Err(call) => return Err(call),
            };
            codes.push(code);
            let mut item = body(more);
            item.insert("To_Account".into(), to.as_str().into());
            item.insert("ResultCode".into(), code.into());
            item.insert("ResultInfo".into(), if code == 0 { "" } else { "?" }.into());
            items.push(item);
        }
        if self.quirks.all_rejected_rejects_call && !codes.iter().any(|code| [0, 30539].contains(code)) {
            return Err(No::Call(codes[0]));
        }
        Ok(body(json!({ key: items })))
    }

    /// Like [`each`](Self::each), for commands whose items have only a code.
    pub(super) fn results(
        &mut self,
        to: &[String],
        mut act: impl FnMut(&mut Self, &str) -> Result<(), No>,
    ) -> Result<Body, No> {
        self.each(to, "ResultItem", |model, to| act(model, to).map(|()| json!({})), json!({}))
    }

    /// Lists the failed targets again, as the friend commands do. A successful item can have a
    /// text.
    pub(super) fn written(&self, mut response: Body) -> Body {
        for item in response.values_mut().filter_map(Value::as_array_mut).flatten() {
            if item["ResultCode"] == 0 && self.quirks.success_info_ok {
                item["ResultInfo"] = "?".into();
            }
        }
        failed(response)
    }

    /// The same for the two checks that know sides.
    fn check(
        &mut self,
        to: &[String],
        key: &str,
        prefix: &str,
        none: &'static str,
        sides: impl Fn(&Self, &str) -> (bool, bool),
    ) -> Result<Body, No> {
        let relation = |side: &str| json!({ "Relation": format!("{prefix}_{side}") });
        let check = |model: &mut Self, to: &str| {
            model.known(to, model.quirks.unknown_target_unrelated)?;
            let (ours, theirs) = sides(model, to);
            Ok(relation(side(ours, theirs, none)))
        };
        self.each(to, key, check, relation(none)).map(failed)
    }

    fn check_follows(&mut self, from: &str, to: &[String]) -> Result<Body, No> {
        self.asked(from, to, 100)?;
        let check = |model: &mut Self, to: &str| {
            model.known(to, model.quirks.unknown_target_unrelated)?;
            let (ours, theirs) = (model.follows(from, to), model.follows(to, from));
            Ok(json!({ "FollowType": 2 * i32::from(ours) + i32::from(theirs) }))
        };
        self.each(to, "ResultItem", check, json!({}))
    }

    fn count_follows(&mut self, from: &str, to: &[String]) -> Result<Body, No> {
        self.asked(from, to, 20)?;
        let count = |model: &mut Self, to: &str| {
            model.known(to, false)?;
            let [followers, following, mutual] = [1, 2, 3].map(|kind| model.list(to, kind).len());
            Ok(json!({ "FollowerCount": followers, "FollowingCount": following, "MutualFollowingCount": mutual }))
        };
        self.each(to, "FollowInfo", count, json!({}))
    }

    fn list_blocks(&self, from: &str, start: usize, want: usize, known: u64) -> Result<Body, No> {
        if !(1..=1000).contains(&want) {
            return Err(No::Call(30001));
        }
        self.asks(from)?;
        let sequence = self.accounts[from].block_changes;
        if known == sequence && known > 0 {
            return Ok(body(json!({ "BlackListItem": [], "StartIndex": 0, "CurruentSequence": sequence })));
        }
        let mut all: Vec<_> = self.blocked.iter().filter(|(owner, ..)| owner == from).collect();
        all.sort_by_key(|(_, user, at)| (Reverse(*at), user));
        let page = all.iter().skip(start).take(want);
        let page: Vec<_> = page.map(|(_, user, at)| json!({ "To_Account": user, "AddBlackTimeStamp": at })).collect();
        let next = if all.len() > start + want { start + want } else { 0 };
        Ok(body(json!({ "BlackListItem": page, "StartIndex": next, "CurruentSequence": sequence })))
    }

    fn page(&mut self, from: &str, kind: i64, want: i64, start: Start) -> Result<Body, No> {
        let want = match want {
            1..=1000 => want as usize,
            _ if !self.quirks.want_num_clamped => return Err(No::Call(30001)),
            1001.. => 1000,
            _ => 100,
        };
        if !(1..=3).contains(&kind) {
            return Err(No::Call(30001));
        }
        let list = (from.to_owned(), kind);
        let start = match (start, &self.latest_end) {
            (Start::Next, _) => self.ends.get(&list).copied(),
            (Start::Latest, Some((of, place))) if *of == list || self.quirks.cursor_of_any_list_accepted => {
                Some(*place)
            }
            (Start::Latest, Some(_)) => return Err(No::Call(30001)),
            (Start::First, _) | (Start::Latest, None) => None,
        };
        self.asks(from)?;
        let mut rest = self.list(from, kind);
        rest.retain(|(_, place)| start.is_none_or(|start| *place < start));
        let page = &rest[..want.min(rest.len())];
        let more = if self.quirks.full_page_continues { rest.len() >= want } else { rest.len() > want };
        match page.last().filter(|_| more) {
            Some((_, place)) => {
                self.latest_end = Some((list.clone(), *place));
                self.ends.insert(list, *place)
            }
            None => self.ends.remove(&list),
        };
        let mut response = body(json!({ "NextCursor": if more { "?" } else { "" } }));
        if page.is_empty() && self.quirks.empty_list_missing {
            return Ok(response);
        }
        let items = page.iter().map(|(user, (at, _))| {
            let mut item = body(json!({ "To_Account": user, "FollowTime": at }));
            let account = &self.accounts[user];
            if !account.profile.is_empty() {
                let fields = account.profile.iter().map(|(tag, value)| json!({ "Tag": tag, "Value": value }));
                item.insert("ProfileItem".into(), fields.collect());
                item.insert("profile_sequence".into(), account.profile_changes.into());
            }
            item
        });
        response.insert("FollowItem".into(), items.collect());
        Ok(response)
    }
}

/// What the login commands want of the users they are about.
fn named(users: &[String]) -> Result<(), No> {
    if users.is_empty() || users.iter().any(String::is_empty) { Err(No::Call(70402)) } else { Ok(()) }
}

/// The friend commands list the failed targets again.
pub(super) fn failed(mut response: Body) -> Body {
    let items = response.values().find_map(Value::as_array).unwrap();
    let failed = items.iter().filter(|item| item["ResultCode"] != 0);
    let failed: Vec<_> = failed.map(|item| item["To_Account"].clone()).collect();
    if !failed.is_empty() {
        response.insert("Fail_Account".into(), failed.into());
    }
    response
}
