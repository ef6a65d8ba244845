//! The view of the users and of one user.

use serde_json::{Value, json};
use tim_emulator::Emulator;

use crate::browser::Browser;
use crate::support::emulator;

fn open(emulator: &Emulator, path: &str) -> Browser {
    Browser::open(emulator, path, 1400)
}

/// Waits until a JSON pointer into a response of the admin API has this value.
fn wait_fetched(page: &Browser, path: &str, pointer: &str, value: Value) {
    let found = format!("fetch('/_emulator/{path}').then((r) => r.json()).then((now) => window.fetched = now)");
    page.wait(&format!(
        "({found}, window.fetched && JSON.stringify({pointer:?}.split('/').slice(1)
            .reduce((part, key) => part?.[key], window.fetched)) === {:?})",
        value.to_string()
    ));
}

fn users(page: &Browser) -> Vec<String> {
    page.texts("#users-list th")
}

fn import(emulator: &Emulator, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    emulator.state().import(text.as_bytes()).unwrap();
}

#[test]
fn a_user_is_created_and_deleted() {
    let emulator = emulator();
    let page = open(&emulator, "/data");
    page.click("#new-user");
    page.fill("#dialog [name=user]", "erin");
    page.fill("#dialog [name=nick]", &"n".repeat(501));
    page.click("#dialog [type=submit]");
    page.wait_text("#dialog .problem", "account_import failed with 4");
    page.fill("#dialog [name=nick]", "Erin");
    page.fill("#dialog [name=face]", "http://127.0.0.1/erin.png");
    page.click("#dialog [type=submit]");
    page.wait_text("#notice", "Created erin.");
    page.wait_text("#user-title", "erin");
    page.wait_text("#user-nick", "Erin");
    page.wait("document.querySelector('[name=Tag_Profile_IM_Image]').value === 'http://127.0.0.1/erin.png'");

    page.click_text(".bar button", "Delete user");
    page.click_text("#dialog button", "Cancel");
    page.wait("!document.querySelector('#dialog').open");
    page.click_text(".bar a", "All users");
    page.wait("document.querySelectorAll('#users-list tr').length === 4");
    page.click("[aria-label='Delete erin']");
    page.click_text("#dialog button", "Delete");
    page.wait("document.querySelectorAll('#users-list tr').length === 3");
    assert_eq!(users(&page), ["administrator", "carol", "dave"]);
    page.go("/data?user=carol");
    page.click_text(".bar button", "Delete user");
    page.click_text("#dialog button", "Delete");
    page.wait("document.querySelectorAll('#users-list tr').length === 2");
    assert_eq!(page.address(), "/data");
    page.assert_no_errors();
}

#[test]
fn each_kind_of_profile_field_is_saved() {
    let emulator = emulator();
    let page = open(&emulator, "/data?user=carol");
    page.fill("[name=Tag_Profile_IM_Nick]", "Caro");
    page.fill("[name=Tag_Profile_IM_BirthDay]", "20190419");
    page.enter("[name=Tag_Profile_IM_Gender]", "Gender_Type_Female");
    page.fill("#custom-name", "Club");
    page.click_text(".profile button", "Add custom field");
    page.fill("[name=Tag_Profile_Custom_Club]", "chess");
    page.click("#profile-save");
    page.wait_text("#notice", "Saved the profile of carol.");
    let profile = page.fetch("users/carol")["profile"].take();
    let wanted = json!({
        "Tag_Profile_IM_Nick": "Caro",
        "Tag_Profile_IM_BirthDay": 20190419,
        "Tag_Profile_IM_Gender": "Gender_Type_Female",
        "Tag_Profile_Custom_Club": "chess",
    });
    assert_eq!(profile, wanted);

    page.fill("[name=Tag_Profile_IM_Nick]", &"n".repeat(501));
    page.click("#profile-save");
    page.wait_text("#problem", "portrait_set failed with 4");
    page.reload();
    page.wait("document.querySelector('[name=Tag_Profile_Custom_Club]')?.value === 'chess'");
    page.click("#profile-save");
    page.wait_text("#problem", "Nothing to save: change a field first.");
    page.fill("[name=Tag_Profile_IM_Nick]", "");
    page.click("#profile-save");
    page.wait_text("#notice", "Saved the profile of carol.");
    assert_eq!(page.fetch("users/carol")["nick"].as_str().unwrap_or_default(), "");
    page.assert_no_errors();
}

#[test]
fn a_field_that_somebody_edits_is_not_overwritten() {
    let emulator = emulator();
    let page = open(&emulator, "/data?user=carol");
    page.fill("[name=Tag_Profile_IM_Nick]", "mine");
    import(
        &emulator,
        &[json!({"account": {"user": "carol", "profile": {
            "Tag_Profile_IM_Nick": "theirs", "Tag_Profile_IM_Location": "Bern"
        }}})],
    );
    page.wait("document.querySelector('[name=Tag_Profile_IM_Location]').value === 'Bern'");
    assert_eq!(page.eval("document.querySelector('[name=Tag_Profile_IM_Nick]').value"), "mine");
    page.assert_no_errors();
}

#[test]
fn follows_are_added_and_removed_in_both_directions() {
    let emulator = emulator();
    let page = open(&emulator, "/data?user=dave&tab=following");
    page.wait_text(".tab .empty", "dave follows nobody.");
    page.fill(".tab form [name=users]", "carol, nobody");
    page.click(".tab form [type=submit]");
    page.wait_text("#problem", "nobody: 30003");
    page.fill(".tab form [name=users]", "carol, administrator");
    page.click(".tab form [name=mutual]");
    page.click(".tab form [type=submit]");
    page.wait_text("#notice", "Added carol, administrator.");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 2");
    wait_fetched(&page, "users/dave", "/mutual", json!(2));
    page.wait_text(".tabs [aria-current]", "Following 2");

    page.click("[aria-label='Remove carol']");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 1");
    page.click_text(".tabs a", "Followers");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 2");
    page.click("[aria-label='Remove carol']");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 1");
    page.fill(".tab form [name=users]", "carol");
    page.click(".tab form [type=submit]");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 2");
    assert_eq!(page.fetch("users/carol")["following"], 1);
    page.assert_no_errors();
}

#[test]
fn all_followers_are_reached_page_by_page() {
    let emulator = emulator();
    let lines: String = (0..250).map(|number| format!("fan{number},carol\n")).collect();
    emulator.state().import(lines.as_bytes()).unwrap();
    let page = open(&emulator, "/data?user=carol&tab=followers");
    for shown in [100, 200, 250] {
        page.wait(&format!("document.querySelectorAll('.tab tbody tr').length === {shown}"));
        page.wait_text(".list .muted", &format!("{shown} of 250 shown"));
        if shown < 250 {
            page.click("[aria-label='More of followers of carol']");
        }
    }
    let names = page.eval("new Set([...document.querySelectorAll('.tab tbody th')].map((e) => e.textContent)).size");
    assert_eq!(names, 250);
    assert_eq!(page.eval("document.querySelector('[aria-label=\"More of followers of carol\"]').hidden"), true);
    page.fill(".list [type=search]", "FAN24");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 11");
    page.fill(".list [type=search]", "nobody at all");
    page.wait_text(".list .empty:not([hidden])", "No id and no nickname contains this text.");
    page.assert_no_errors();
}

#[test]
fn friends_are_added_edited_and_removed() {
    let emulator = emulator();
    let page = open(&emulator, "/data?user=carol&tab=friends");
    page.click("#add-friends");
    page.fill("#dialog [name=to]", "dave");
    page.fill("#dialog [name=remark]", "r".repeat(97).as_str());
    page.click("#dialog [type=submit]");
    page.wait_text("#dialog .problem", "friend_add failed with ");
    page.fill("#dialog [name=remark]", "Dave from work");
    page.fill("#dialog [name=group]", "Work");
    page.click("#dialog [type=submit]");
    page.wait_text(".tab tbody", "Dave from work");
    page.wait_text(".chips", "Work (1)");
    assert_eq!(page.fetch("users/dave")["friends"], 1, "both lists");

    page.fill("[name=group]", "Chess");
    page.click_text(".tab button", "Add group");
    page.wait_text(".chips", "Chess (0)");
    page.click("[aria-label='Edit dave']");
    page.fill("#dialog [name=remark]", "David");
    page.click_text("#dialog fieldset label", "Chess");
    page.fill("#dialog [name=custom]", "{");
    page.click("#dialog [type=submit]");
    page.wait_text("#dialog .problem", "The custom fields are not JSON");
    page.fill("#dialog [name=custom]", r#"{"Tag_SNS_Custom_Test": "value"}"#);
    page.click("#dialog [type=submit]");
    page.wait_text(".tab tbody", "Work, Chess");
    page.wait_text(".chips", "Chess (1)");
    let entry = page.fetch("users/carol/friends")["entries"][0].take();
    assert_eq!((&entry["remark"], &entry["custom"]), (&json!("David"), &json!({"Tag_SNS_Custom_Test": "value"})));

    page.click("[aria-label='Delete the group Work']");
    page.wait_text("#dialog", "Its 1 friend stay");
    page.click_text("#dialog button", "Delete");
    page.wait("document.querySelectorAll('.chips li').length === 1");
    page.click("[aria-label='Remove dave']");
    page.click("#dialog [name=both]");
    page.click_text("#dialog button", "Remove");
    page.wait_text(".tab .empty:not([hidden])", "carol has no friends.");
    assert_eq!(page.fetch("users/dave")["friends"], 1, "only the list of carol");
    page.go("/data?user=dave&tab=friends");
    page.wait_text(".tab tbody", "carol");
    page.click("[aria-label='Remove carol']");
    page.click_text("#dialog button", "Remove");
    page.wait_text(".tab .empty:not([hidden])", "dave has no friends.");
    page.assert_no_errors();
}

#[test]
fn friend_requests_are_accepted_and_rejected() {
    let emulator = emulator();
    let request =
        |from: &str| json!({"friend_request": {"from": from, "to": "carol", "wording": format!("I am {from}")}});
    import(&emulator, &[request("dave"), request("administrator")]);
    let page = open(&emulator, "/data?user=carol&tab=requests");
    page.wait_text(".tab tbody", "I am dave");
    page.wait_text(".tabs", "Requests 2");
    page.click("[aria-label='Accept the request of dave']");
    page.wait_text("#notice", "carol accepted the request of dave.");
    page.click("[aria-label='Reject the request of administrator']");
    page.wait_text("#notice", "carol rejected the request of administrator.");
    page.wait_text(".tab .empty", "No pending requests to carol.");
    let carol = page.fetch("users/carol");
    assert_eq!((&carol["friends"], &carol["friend_requests"]), (&json!(1), &json!([])));

    page.go("/data?user=dave&tab=friends");
    page.click("#add-friends");
    page.fill("#dialog [name=to]", "administrator");
    page.click("#dialog [name=ask]");
    emulator.settings().set_default_allow_type(tim_types::profile::AllowType::NEED_CONFIRM).unwrap();
    page.click("#dialog [type=submit]");
    page.wait_text(".tabs", "Requests 1");
    page.click_text(".tabs a", "Requests");
    page.click("[aria-label='Accept the request of dave']");
    page.wait_text(".tab .empty", "No pending requests of dave.");
    page.assert_no_errors();
}

#[test]
fn users_are_blocked_and_unblocked() {
    let emulator = emulator();
    let page = open(&emulator, "/data?user=carol&tab=blocks");
    page.wait_text(".tab .empty:not([hidden])", "carol blocks nobody.");
    page.fill(".tab [name=users]", "dave,administrator");
    page.click(".tab [type=submit]");
    page.wait_text("#notice", "Blocked dave, administrator.");
    page.wait_text(".tabs", "Blocks 2");
    page.click("[aria-label='Remove administrator']");
    page.wait_text(".tabs", "Blocks 1");
    page.click_text(".tab tbody a", "dave");
    page.click_text(".tabs a", "Blocks");
    page.wait_text("[aria-label='users that block dave']", "carol");
    page.assert_no_errors();
}

#[test]
fn the_online_status_is_set_and_a_user_is_kicked() {
    let emulator = emulator();
    let page = open(&emulator, "/data?user=carol&tab=status");
    page.wait_text(".tab .empty", "carol is offline on all platforms.");
    page.click(".tab [type=submit]");
    page.wait_text("#notice", "carol is Online on iPhone.");
    page.fill("[name=platform]", "Web");
    page.enter("[name=status]", "PushOnline");
    page.click(".tab [type=submit]");
    page.wait_text(".tab tbody", "PushOnline");
    assert_eq!(page.fetch("users/carol")["logins"], json!({"iPhone": "Online", "Web": "PushOnline"}));
    page.click("[aria-label='Set offline on Web']");
    page.wait("document.querySelectorAll('.tab tbody tr').length === 1");
    page.click_text(".tab button", "Kick");
    page.click("#dialog [type=submit]");
    page.wait_text("#notice", "Kicked carol");
    page.wait_text(".tab", "Last kicked:");
    page.wait_text("#user-nick", "kicked");
    page.wait_text(".tab .empty", "carol is offline on all platforms.");
    page.assert_no_errors();
    page.fill("[name=platform]", "a platform");
    page.click(".tab [type=submit]");
    page.wait_text("#problem", "platform");
}

#[test]
fn the_list_of_users_is_searched_and_sorted_in_the_address() {
    let emulator = emulator();
    let lines: String = (0..150).map(|number| format!("fan{number:03},carol\n")).collect();
    emulator.state().import(lines.as_bytes()).unwrap();
    import(&emulator, &[json!({"account": {"user": "dave", "profile": {"Tag_Profile_IM_Nick": "Fan of nobody"}}})]);
    let page = open(&emulator, "/data");
    page.wait_text("#users-count", "100 users shown, there are more");
    page.click("#users-more");
    page.wait("document.querySelectorAll('#users-list tr').length === 153");
    page.click_text("thead a", "Followers");
    page.wait("document.querySelector('#users-list th').textContent === 'carol'");
    assert_eq!(page.address(), "/data?sort=followers&desc=true");
    page.wait("document.querySelector('[aria-sort=descending]').textContent === 'Followers'");
    page.click_text("thead a", "Followers");
    page.wait("document.querySelector('[aria-sort=ascending]')?.textContent === 'Followers'");
    page.fill("#users-search", "FAN OF");
    page.wait("document.querySelectorAll('#users-list tr').length === 1");
    assert_eq!(users(&page), ["dave"]);
    assert_eq!(page.address(), "/data?sort=followers&search=FAN+OF");
    page.reload();
    page.wait("document.querySelectorAll('#users-list tr').length === 1");
    page.fill("#users-search", "zzz");
    page.click_text("#users-none button", "Show all users");
    page.wait("document.querySelectorAll('#users-list tr').length === 100");

    page.click("#new-follow");
    page.fill("#dialog [name=from]", "dave");
    page.fill("#dialog [name=to]", "nobody");
    page.click("#dialog [type=submit]");
    page.wait_text("#dialog .problem", "follow_add rejected nobody: 30003");
    page.assert_no_errors();
}

#[test]
fn the_follow_graph_leads_to_the_neighbours() {
    let emulator = emulator();
    emulator.state().import("administrator,carol\nadministrator,dave\ndave,administrator".as_bytes()).unwrap();
    let page = open(&emulator, "/data?user=carol&tab=graph");
    page.wait_text("#graph-counts", "1 follower, 1 following, 0 mutual");
    let labels = "[...document.querySelectorAll('a.node')].map((e) => e.getAttribute('aria-label')).sort().join()";
    page.wait(&format!("{labels} === 'administrator, is a follower,dave, is followed'"));
    assert_eq!(page.eval("document.querySelectorAll('path.chord').length"), 1);
    page.click("a.node[aria-label^=dave]");
    page.wait_text("#user-title", "dave");
    page.wait(&format!("{labels} === 'administrator, mutual follow,carol, is a follower'"));
    assert_eq!(page.address(), "/data?user=dave&tab=graph");
    page.assert_no_errors();
    page.go("/data?user=nobody");
    page.wait_text(".empty", "The user \"nobody\" does not exist.");
    page.click_text(".empty button", "Create this user");
    page.wait_text(".tabs", "Profile");
    assert_eq!(page.fetch("users/nobody")["following"], 0);
}

#[test]
fn a_change_by_a_client_appears_in_the_page() {
    let emulator = emulator();
    let page = open(&emulator, "/data?user=carol&tab=followers");
    page.wait_text(".tab .empty:not([hidden])", "Nobody follows carol.");
    emulator.state().import("dave,carol".as_bytes()).unwrap();
    page.wait_text(".tab tbody", "dave");
    page.wait_text(".tab tbody", "mutual");
    page.click_text(".bar a", "All users");
    emulator.state().import("erin,carol".as_bytes()).unwrap();
    page.wait_text("#users-list", "erin");
    page.assert_no_errors();
}
