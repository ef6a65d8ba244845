//! Pages of users, searched and sorted, for the console.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Result, ToSql, named_params};

use super::people::{self, UserSummary};

/// The value by which users are sorted. Users with the same value are sorted by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortKey {
    pub(crate) name: &'static str,
    /// The SQL expression of the value.
    value: &'static str,
}

impl SortKey {
    /// Sorts by id.
    pub(crate) const USER: Self = Self { name: "user", value: "account.user" };

    pub(crate) const ALL: [Self; 7] = [
        Self::USER,
        // A user without a nickname is sorted like one with an empty nickname.
        Self { name: "nick", value: "ifnull(profile.value ->> '$', '')" },
        Self { name: "followers", value: "followers" },
        Self { name: "following", value: "following" },
        Self { name: "mutual", value: "mutual" },
        Self { name: "friends", value: "friends" },
        Self { name: "blocked", value: "blocked" },
    ];
}

/// Which users a page has.
#[derive(Debug)]
pub(crate) struct UserQuery {
    /// Text that the id or the nickname contains; empty for all users. ASCII letters match in both
    /// cases.
    pub(crate) search: String,
    /// The start of the id.
    pub(crate) prefix: String,
    pub(crate) sort: SortKey,
    /// Whether the largest value comes first. Users with the same value are still sorted by id in
    /// ascending order.
    pub(crate) descending: bool,
    /// The last user of the page before; empty for the first page.
    pub(crate) after: String,
    pub(crate) limit: u32,
}

/// Returns a page of users. Returns `None` if the user in `after` has no account, so that its
/// position in a list that is not sorted by id is unknown.
pub(crate) fn page(db: &Connection, query: &UserQuery) -> Result<Option<Vec<UserSummary>>> {
    let value = query.sort.value;
    let after: Option<Value> = if query.sort == SortKey::USER {
        Some(query.after.clone().into())
    } else {
        let sql = format!("SELECT {value} FROM {TABLES} WHERE account.user = ?1");
        let found = db.prepare_cached(&sql)?.query_row([&query.after], |row| row.get(0)).optional()?;
        if found.is_none() && !query.after.is_empty() {
            return Ok(None);
        }
        found
    };
    let mut statement = db.prepare(&page_sql(query))?;
    let is_short = is_short(&query.search);
    let given = named_params! {
        ":prefix": query.prefix,
        ":search": operand(&query.search, is_short),
        ":json": operand(&as_json(&query.search), is_short),
        ":value": after,
        ":after": query.after,
        ":limit": query.limit,
    };
    // A statement has only the parameters of its conditions.
    for (name, value) in given {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value as &dyn ToSql)?;
        }
    }
    let mut rows = statement.raw_query();
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        users.push(people::summary(db, row)?);
    }
    Ok(Some(users))
}

/// The users with their nicknames. SQLite omits the join if the statement does not use the
/// nickname.
const TABLES: &str = "account LEFT JOIN profile
                      ON profile.user = account.user AND profile.tag = 'Tag_Profile_IM_Nick'";

fn page_sql(query: &UserQuery) -> String {
    let value = query.sort.value;
    let (compare, order) = if query.descending { ("<", "DESC") } else { (">", "ASC") };
    let mut conditions = vec!["1".to_owned()];
    if !query.prefix.is_empty() {
        // The byte FF is greater than each byte of UTF-8.
        let range = "account.user >= :prefix AND account.user < :prefix || CAST(x'FF' AS TEXT)";
        conditions.push(range.to_owned());
    }
    if !query.search.is_empty() {
        let contains = |text: &str, part: &str| match is_short(&query.search) {
            true => format!("{text} LIKE {part} ESCAPE '\\'"),
            false => format!("instr(lower({text}), {part})"),
        };
        let [id, json, nick] = [
            contains("account.user", ":search"),
            contains("profile.value", ":json"),
            contains("profile.value ->> '$'", ":search"),
        ];
        // Most nicknames do not match. The search in the JSON text of these is faster than to
        // decode it.
        conditions.push(format!("({id} OR ({json} AND {nick}))"));
    }
    match (query.after.is_empty(), query.sort == SortKey::USER) {
        (true, _) => {}
        (false, true) => conditions.push(format!("account.user {compare} :value")),
        (false, false) => {
            let later = format!("({value} {compare} :value OR ({value} = :value AND account.user > :after))");
            conditions.push(later);
        }
    }
    format!(
        "SELECT {} FROM {TABLES} WHERE {} ORDER BY {value} {order}, account.user LIMIT :limit",
        people::SUMMARY,
        conditions.join(" AND ")
    )
}

/// Whether a search uses `LIKE`. For short texts it is faster than `instr`. For long texts, its
/// time is the product of the lengths of the text and the nickname.
const fn is_short(search: &str) -> bool {
    search.len() <= 8
}

/// Returns the operand of `LIKE`, or of `instr` on a text in lower case.
fn operand(text: &str, is_short: bool) -> String {
    if is_short { pattern(text) } else { text.to_ascii_lowercase() }
}

/// Returns the pattern of LIKE for the texts that contain `text`.
fn pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern + "%"
}

/// Returns the text as a part of a JSON string.
fn as_json(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use tim_types::{ProfileItem, UserId};

    use super::*;
    use crate::world::testing::{plan, world};
    use crate::world::{follows, profiles};

    fn all(sort: &str) -> UserQuery {
        let sort = SortKey::ALL.into_iter().find(|key| key.name == sort).unwrap();
        let [search, prefix, after] = [const { String::new() }; 3];
        UserQuery { search, prefix, sort, descending: false, after, limit: 100 }
    }

    fn users(db: &Connection, query: &UserQuery) -> Vec<String> {
        let page = page(db, query).unwrap().unwrap();
        page.into_iter().map(|person| person.user.as_str().to_owned()).collect()
    }

    /// Reads the list page by page.
    fn paged(db: &Connection, mut query: UserQuery, limit: u32) -> Vec<String> {
        let mut read = Vec::new();
        query.limit = limit;
        loop {
            let users = users(db, &query);
            let Some(last) = users.last() else { return read };
            query.after.clone_from(last);
            read.extend(users);
        }
    }

    fn set_nick(db: &Connection, user: &str, nick: &str) {
        profiles::set(db, &user.into(), &[ProfileItem::new("Tag_Profile_IM_Nick", nick)]).unwrap();
    }

    #[test]
    fn a_search_finds_plain_text_in_ids_and_nicknames() {
        let db = world(&["Anna", "bob", "c%d", "c_d", "dan", "eve", "关注"]);
        set_nick(&db, "bob", "big ANNA");
        set_nick(&db, "dan", "a\\b \"q\"\nn_1");
        set_nick(&db, "eve", "50% 关");
        let found = |search: &str| users(&db, &UserQuery { search: search.into(), ..all("user") });
        assert_eq!(found("anna"), ["Anna", "bob"]);
        assert_eq!(found("%"), ["c%d", "eve"]);
        assert_eq!(found("_"), ["c_d", "dan"]);
        assert_eq!(found("\\"), ["dan"]);
        assert_eq!(found("a\\B \"Q\"\nN"), ["dan"]);
        assert_eq!(found("\\n"), [""; 0], "the JSON text of the nickname contains it");
        assert_eq!(found("关"), ["eve", "关注"]);
        assert_eq!(found("Tag_Profile"), [""; 0]);
        let long = "Long % _ \\ \"q\"\n".repeat(10);
        set_nick(&db, "dan", &format!("1 {long} 2"));
        set_nick(&db, "eve", &long[1..]);
        assert_eq!(found(&long), ["dan"]);
        assert_eq!(found(&long.to_ascii_uppercase()), ["dan"], "a long text");
        let prefixed = UserQuery { search: "n".into(), prefix: "da".into(), ..all("user") };
        assert_eq!(users(&db, &prefixed), ["dan"]);
    }

    #[test]
    fn a_long_search_uses_no_pattern() {
        let sql = |length| page_sql(&UserQuery { search: "a".repeat(length), ..all("user") });
        assert!(sql(8).contains("LIKE :search") && !sql(9).contains("LIKE"), "the time of LIKE is quadratic");
    }

    #[test]
    fn every_order_is_read_in_pages() {
        let db = world(&["a", "b", "c", "d", "e"]);
        for (from, to) in [("a", "b"), ("c", "b"), ("a", "d"), ("b", "d"), ("e", "c")] {
            follows::begin(&db, &UserId::from(from), &to.into(), 1).unwrap();
        }
        for (user, nick) in [("a", "y"), ("b", "x"), ("d", "x")] {
            set_nick(&db, user, nick);
        }
        for (sort, up, down) in [
            ("user", "abcde", "edcba"),
            ("nick", "cebda", "abdce"),
            ("followers", "aecbd", "bdcae"),
            ("following", "dbcea", "abced"),
            ("mutual", "abcde", "abcde"),
        ] {
            for limit in [1, 2, 100] {
                let down_query = UserQuery { descending: true, ..all(sort) };
                assert_eq!(paged(&db, all(sort), limit).concat(), up, "{sort} {limit}");
                assert_eq!(paged(&db, down_query, limit).concat(), down, "{sort} descending {limit}");
            }
        }
    }

    #[test]
    fn the_position_of_an_unknown_user_is_known_only_by_id() {
        let db = world(&["a", "c"]);
        let after = |sort| page(&db, &UserQuery { after: "b".into(), ..all(sort) }).unwrap().map(|page| page.len());
        assert_eq!((after("user"), after("followers"), after("nick")), (Some(1), None, None));
    }

    #[test]
    fn a_page_by_id_reads_neither_all_users_nor_nicknames() {
        let db = world(&[]);
        let query = UserQuery { prefix: "a".into(), after: "b".into(), ..all("user") };
        let plan = plan(&db, &page_sql(&query));
        assert!(plan.starts_with("SEARCH account USING PRIMARY KEY (user>? AND user<?)"), "{plan}");
        assert!(!plan.contains("profile") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
