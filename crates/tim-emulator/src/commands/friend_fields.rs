//! The fields of an entry of a friend list.

use tim_types::friend::{FriendField, FriendTag};

use crate::world::friends::FriendEntry;

/// Returns the fields of an entry that are set. The custom fields come last, sorted by tag.
pub(super) fn of(entry: FriendEntry) -> Vec<FriendField> {
    let FriendEntry { source, remark, wording, groups, custom, added_at } = entry;
    let mut fields = vec![
        FriendField::new(FriendTag::ADD_SOURCE, source),
        FriendField::new(FriendTag::REMARK, remark),
        FriendField::groups(groups),
        FriendField::new(FriendTag::ADD_WORDING, wording),
        FriendField::new(FriendTag::ADD_TIME, added_at),
    ];
    fields.retain(|field| field.value != "" && field.value.as_array().is_none_or(|list| !list.is_empty()));
    fields.extend(custom.into_iter().map(|(tag, value)| FriendField::new(tag, value)));
    fields
}

/// Sets a custom field. An empty text removes it.
pub(super) fn set_custom(entry: &mut FriendEntry, field: &FriendField) {
    let tag = field.tag.as_str();
    if field.value == "" {
        entry.custom.remove(tag);
    } else {
        entry.custom.insert(tag.to_owned(), field.value.clone());
    }
}
