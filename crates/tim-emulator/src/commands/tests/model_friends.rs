//! The friend lists of the model. A request is read as JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::model::{CUSTOM, Fields, Friend, GROUP, Model, No, REMARK, Request, SOURCE, TIME, WORDING};
use super::responses::{Body, failed};

/// A source that no command accepts.
pub(super) const WRONG_SOURCE: &str = "AddSource_Type_11";
/// A time that is not in seconds.
pub(super) const MILLISECONDS: u64 = 1_700_000_000_000;

/// Sets a field; an empty value removes it.
pub(super) fn set(fields: &mut Fields, tag: &str, value: &Value) {
    fields.remove(tag);
    if *value != "" && *value != json!([]) && !value.is_null() {
        fields.insert(tag.to_owned(), value.clone());
    }
}

/// The names in a list, each once.
fn unique(names: &Value) -> Value {
    let mut list: Vec<&Value> = Vec::new();
    for name in names.as_array().into_iter().flatten() {
        if !list.contains(&name) {
            list.push(name);
        }
    }
    json!(list)
}

fn users(items: &Value) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| item["To_Account"].as_str().unwrap().to_owned()).collect()
}

/// Whether a text has at most this many bytes. A missing text is empty.
fn fits(text: &Value, max: usize) -> bool {
    text.as_str().unwrap_or_default().len() <= max
}

fn is_group(name: &Value) -> bool {
    (1..=30).contains(&name.as_str().unwrap().len())
}

fn is_custom(field: &Value) -> bool {
    ["Tag_SNS_Custom_A", "Tag_SNS_Custom_B"].contains(&field["Tag"].as_str().unwrap())
        && (field["Value"].is_string() || field["Value"].is_number())
}

fn is_valid(path: &str, item: &Value) -> bool {
    let all = |list: &Value, test: fn(&Value) -> bool| list.as_array().is_none_or(|list| list.iter().all(test));
    let settable = |field: &Value| match field["Tag"].as_str() {
        Some(REMARK) => fits(&field["Value"], 96),
        Some(GROUP) => field["Value"].as_array().unwrap().iter().all(is_group),
        _ => is_custom(field),
    };
    let (group, fields) = (&item["GroupName"], &item["SnsItem"]);
    match path {
        "sns/friend_update" => *fields != json!([]) && all(fields, settable),
        _ => {
            fits(&item["Remark"], 96)
                && fits(&item["AddWording"], 256)
                && (!group.is_string() || group == "" || is_group(group))
                && all(group, is_group)
                && all(&item["CustomItem"], is_custom)
        }
    }
}

impl Model {
    /// The friend groups and friend requests, as an export has them.
    pub(super) fn friend_state(&self) -> BTreeSet<String> {
        let requests = self.requests.iter().map(|request| request.record.to_string());
        let groups = self.accounts.iter().filter(|(_, account)| !account.groups.is_empty());
        requests.chain(groups.map(|(user, account)| json!([user, account.groups]).to_string())).collect()
    }

    pub(super) fn about_friends(&mut self, path: &str, request: &Value) -> Result<Body, No> {
        let from = request["From_Account"].as_str().unwrap();
        let items = match path {
            "sns/friend_get_list" => return self.get_friends(from, request),
            "profile/portrait_set" => return self.forbid(from, &request["ProfileItem"][0]),
            "sns/friend_update" => &request["UpdateItem"],
            _ => &request["AddFriendItem"],
        };
        let kind = request["AddType"].as_str();
        if kind == Some("Add_Type_New") || !items.as_array().unwrap().iter().all(|item| is_valid(path, item)) {
            return Err(No::Call(30001));
        }
        let users = users(items);
        self.asked(from, &users, 1000)?;
        // The targets are processed in order, so each one is the next item.
        let mut items = items.as_array().unwrap().iter();
        let mut act = |model: &mut Self, to: &str| {
            let item = items.next().unwrap();
            match path {
                "sns/friend_add" => {
                    model.befriend(from, to, item, kind != Some("Add_Type_Single"), request["ForceAddFlags"] == 1)
                }
                "sns/friend_import" => model.import_friend(from, to, item),
                _ => model.update_friend(from, to, &item["SnsItem"]),
            }
        };
        let response = self.results(&users, &mut act)?;
        let mut response = self.written(response);
        if self.quirks.pending_missing_in_failed {
            let pending = |item: &Value| item["ResultCode"] == 30539;
            let others: Vec<_> =
                response["ResultItem"].as_array().unwrap().iter().filter(|item| !pending(item)).collect();
            let list = failed(Body::from_iter([("ResultItem".to_owned(), json!(others))])).remove("Fail_Account");
            response.remove("Fail_Account");
            response.extend(list.map(|list| ("Fail_Account".to_owned(), list)));
        }
        Ok(response)
    }

    fn forbid(&mut self, user: &str, field: &Value) -> Result<Body, No> {
        match user {
            "" => Err(No::Call(40001)),
            _ if !self.exists(user) => Err(No::Call(40003)),
            _ => {
                self.set_field(user, field["Tag"].as_str().unwrap(), field["Value"].as_str().unwrap());
                Ok(Body::new())
            }
        }
    }

    fn get_friends(&mut self, from: &str, request: &Value) -> Result<Body, No> {
        let tags = request["TagList"].as_array().unwrap();
        if tags.is_empty() {
            return Err(No::Call(30001));
        }
        let to: Vec<String> = serde_json::from_value(request["To_Account"].clone()).unwrap();
        self.asked(from, &to, 100)?;
        let get = |model: &mut Self, to: &str| {
            model.known(to, false)?;
            let fields = model.entry(from, to).ok_or(No::Item(30001))?;
            let unset = |tag: &str| {
                let is_text = !["Group", "BirthDay", "Language", "Level", "Role", "MsgSettings"]
                    .iter()
                    .any(|other| tag.ends_with(&format!("_IM_{other}")));
                (model.quirks.unset_fields_empty && is_text).then(|| json!(""))
            };
            let value = |tag: &str| {
                let found = fields.get(tag).or_else(|| model.accounts[to].profile.get(tag));
                found.cloned().or_else(|| unset(tag))
            };
            let field = |tag: &Value| Some(json!({ "Tag": tag, "Value": value(tag.as_str().unwrap())? }));
            Ok(json!({ "SnsProfileItem": tags.iter().filter_map(field).collect::<Vec<_>>() }))
        };
        self.each(&to, "InfoItem", get, json!({})).map(failed)
    }

    pub(super) fn entry(&self, owner: &str, friend: &str) -> Option<Fields> {
        let entry = self.friends.iter().find(|entry| entry.owner == owner && entry.friend == friend);
        entry.map(|entry| entry.fields.clone())
    }

    /// Replaces or removes an entry, and counts the change. Returns whether the entry existed.
    pub(super) fn write(&mut self, owner: &str, friend: &str, fields: Option<Fields>) -> bool {
        let old = self.entry(owner, friend);
        let split = |fields: Option<&Fields>| {
            let (custom, standard): (Fields, Fields) =
                fields.cloned().unwrap_or_default().into_iter().partition(|(tag, _)| tag.starts_with(CUSTOM));
            (fields.map(|_| standard), custom)
        };
        let (before, after) = (split(old.as_ref()), split(fields.as_ref()));
        let account = self.account(owner);
        account.friend_changes += u64::from(before.0 != after.0);
        account.custom_changes += u64::from(before.1 != after.1);
        self.friends.retain(|entry| entry.owner != owner || entry.friend != friend);
        let entry = |fields| Friend { owner: owner.to_owned(), friend: friend.to_owned(), fields };
        self.friends.extend(fields.map(entry));
        old.is_some()
    }

    fn is_full(&self, user: &str) -> bool {
        let count = self.friends.iter().filter(|entry| entry.owner == user).count() as u64;
        self.limits.friends.is_some_and(|limit| count >= limit)
    }

    /// Creates the missing groups of a list, or none.
    pub(super) fn create_groups(&mut self, owner: &str, names: &Value) -> Result<(), No> {
        let limit = self.limits.groups;
        let account = self.account(owner);
        let mut all = account.groups.clone();
        for name in names.as_array().unwrap() {
            let name = name.as_str().unwrap().to_owned();
            if !all.contains(&name) {
                all.push(name);
            }
        }
        if all.len() > account.groups.len() && limit.is_some_and(|limit| all.len() as u64 > limit) {
            return Err(No::Item(30011));
        }
        account.group_changes += (all.len() - account.groups.len()) as u64;
        account.groups = all;
        Ok(())
    }

    fn befriend(&mut self, from: &str, to: &str, item: &Value, both: bool, force: bool) -> Result<(), No> {
        if from == to || item["AddSource"] == WRONG_SOURCE {
            return Err(No::Item(30001));
        }
        self.known(to, false)?;
        if !(force && self.quirks.force_ignores_blocks) {
            if self.blocks(from, to) {
                return Err(No::Item(30515));
            }
            if self.blocks(to, from) {
                return Err(No::Item(30525));
            }
        }
        if self.friends(from, to) {
            return Err(No::Item(if self.quirks.already_friends_old_code { 30520 } else { 30001 }));
        }
        if !force {
            self.ask(from, to, item, both)?;
        }
        let theirs = both && !self.friends(to, from);
        if self.is_full(from) {
            return Err(No::Item(30010));
        }
        if theirs && self.is_full(to) {
            return Err(No::Item(30014));
        }
        let groups = match item["GroupName"].as_str() {
            None | Some("") => json!([]),
            Some(group) => json!([group]),
        };
        self.create_groups(from, &groups)?;
        let mut fields = Fields::new();
        set(&mut fields, SOURCE, &item["AddSource"]);
        set(&mut fields, WORDING, &item["AddWording"]);
        set(&mut fields, TIME, &self.now.into());
        if theirs {
            self.write(to, from, Some(fields.clone()));
        }
        set(&mut fields, REMARK, &item["Remark"]);
        set(&mut fields, GROUP, &groups);
        self.write(from, to, Some(fields));
        let pair = BTreeSet::from([from, to]);
        self.requests.retain(|request| BTreeSet::from([request.from.as_str(), &request.to]) != pair);
        Ok(())
    }

    /// Checks the profiles of both users; only for calls without force.
    fn ask(&mut self, from: &str, to: &str, item: &Value, both: bool) -> Result<(), No> {
        if self.accounts[from]
            .profile
            .get("Tag_Profile_IM_AdminForbidType")
            .is_some_and(|ban| ban == "AdminForbid_Type_SendOut")
        {
            return Err(No::Item(30009));
        }
        let default = json!(self.allow_type);
        let allowed = self.accounts[to].profile.get("Tag_Profile_IM_AllowType").unwrap_or(&default);
        match allowed.as_str().unwrap() {
            "AllowType_Type_DenyAny" => return Err(No::Item(30516)),
            "AllowType_Type_NeedConfirm" if both => {}
            _ => return Ok(()),
        }
        let same = |request: &Request| request.from == from && request.to == to;
        let waiting = self.requests.iter().filter(|request| request.to == to).count() as u64;
        if !self.requests.iter().any(same) && self.limits.pending.is_some_and(|limit| waiting >= limit) {
            return Err(No::Item(30012));
        }
        self.requests.retain(|request| !same(request));
        let mut record = body_of_request(item);
        record.extend(
            [("from", json!(from)), ("to", json!(to)), ("both_ways", json!(true)), ("at", json!(self.now))]
                .map(|(key, value)| (key.to_owned(), value)),
        );
        self.requests.push(Request { from: from.to_owned(), to: to.to_owned(), record: record.into() });
        Err(No::Item(30539))
    }

    fn import_friend(&mut self, from: &str, to: &str, item: &Value) -> Result<(), No> {
        if from == to || item["AddSource"] == WRONG_SOURCE || item["AddTime"] == MILLISECONDS {
            return Err(No::Item(30001));
        }
        self.known(to, false)?;
        if self.friends(from, to) && self.quirks.import_existing_friend_rejected {
            return Err(No::Item(30001));
        }
        if !self.friends(from, to) && self.is_full(from) {
            return Err(No::Item(30010));
        }
        self.create_groups(from, &item["GroupName"])?;
        let mut fields = self.entry(from, to).unwrap_or_else(|| Fields::from([(TIME.to_owned(), self.now.into())]));
        for (key, tag) in [("AddSource", SOURCE), ("Remark", REMARK), ("AddWording", WORDING), ("AddTime", TIME)] {
            if !item[key].is_null() {
                set(&mut fields, tag, &item[key]);
            }
        }
        if item["GroupName"] != json!([]) {
            set(&mut fields, GROUP, &unique(&item["GroupName"]));
        }
        for field in item["CustomItem"].as_array().unwrap() {
            set(&mut fields, field["Tag"].as_str().unwrap(), &field["Value"]);
        }
        self.write(from, to, Some(fields));
        Ok(())
    }

    fn update_friend(&mut self, from: &str, to: &str, changes: &Value) -> Result<(), No> {
        self.known(to, false)?;
        let mut fields = self.entry(from, to).ok_or(No::Item(30001))?;
        for field in changes.as_array().unwrap() {
            let value = if field["Value"].is_array() { unique(&field["Value"]) } else { field["Value"].clone() };
            set(&mut fields, field["Tag"].as_str().unwrap(), &value);
        }
        self.create_groups(from, fields.get(GROUP).unwrap_or(&json!([])))?;
        self.write(from, to, Some(fields));
        Ok(())
    }
}

/// The fields of a request in an export; empty ones are missing.
fn body_of_request(item: &Value) -> Body {
    let keys = [("source", "AddSource"), ("remark", "Remark"), ("wording", "AddWording"), ("group", "GroupName")];
    let set = keys.into_iter().filter(|(_, key)| !item[*key].is_null() && item[*key] != "");
    set.map(|(name, key)| (name.to_owned(), item[key].clone())).collect()
}
