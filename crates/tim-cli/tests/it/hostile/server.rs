//! A server whose every text is hostile, and which echoes the UserSig of the request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// What the server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Success,
    ItemsRejected,
    CallRejected,
    NotJson,
    Status500,
    /// The connection ends in the middle of the body.
    BrokenBody,
    Redirect,
    /// The status line has a control character.
    BadHead,
}

/// A text that changes the title, the screen and the clipboard of a terminal, reverses text, and
/// forges a line.
pub(super) const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}]52;c;eA==\u{7}\r\u{8}\t\u{7f}\u{9b}31m\u{85}\u{9d}0;o\u{9c}\
    \u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}\u{2028}\u{2029}\nFORGED";

/// Runs until the tests end.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) base_url: String,
    usersigs: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Sends `mode` to the first request of every two, and `then` to the other.
    pub(super) fn start(mode: Mode, then: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let usersigs = Arc::new(Mutex::new(Vec::new()));
        let seen = usersigs.clone();
        thread::spawn(move || {
            for (connection, mode) in listener.incoming().zip([mode, then].into_iter().cycle()) {
                let seen = seen.clone();
                // A client that ends early is not a failure of the server.
                thread::spawn(move || connection.map(|connection| handle(connection, mode, &seen)));
            }
        });
        Self { base_url, usersigs }
    }

    /// The UserSigs of all requests, as in the URL and decoded.
    pub(super) fn usersigs(&self) -> Vec<String> {
        self.usersigs.lock().unwrap().clone()
    }
}

fn handle(mut connection: TcpStream, mode: Mode, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let usersig = head.split_once("usersig=").map_or("", |(_, rest)| rest.split(['&', ' ']).next().unwrap_or_default());
    let plain = usersig.replace("%2A", "*").replace("%2a", "*");
    if !usersig.is_empty() {
        seen.lock().unwrap().extend([usersig.to_owned(), plain.clone(), percent_encoded(&plain)]);
    }
    let path = head.split(' ').nth(1).unwrap_or_default();
    let text = format!("{HOSTILE} http://h{path} {plain} {} {HOSTILE}", percent_encoded(&plain));
    let request = serde_json::from_slice(&body).unwrap_or_default();
    connection.write_all(&response(mode, &request, &text, &plain))
}

/// With all characters encoded, as a careless proxy does.
fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn response(mode: Mode, request: &Value, text: &str, usersig: &str) -> Vec<u8> {
    // Bytes above 0x80 are allowed in a status line and in headers.
    let visible = "\u{9b}31m\u{202e}\u{2066}\u{85}\u{2028}";
    let (status, reason, body) = match mode {
        Mode::Success => ("200", visible.to_owned(), page(request, text, 0)),
        Mode::ItemsRejected => ("200", visible.to_owned(), page(request, text, 30003)),
        Mode::CallRejected => ("200", visible.to_owned(), envelope(text, 30005).to_string()),
        Mode::NotJson => ("200", visible.to_owned(), text.to_owned()),
        Mode::Status500 => ("500", format!("{visible}{usersig}"), text.to_owned()),
        Mode::BrokenBody => ("200", visible.to_owned(), page(request, text, 0)),
        Mode::Redirect => ("302", visible.to_owned(), text.to_owned()),
        Mode::BadHead => ("200", format!("\u{1b}[2J{usersig}"), text.to_owned()),
    };
    let length = if mode == Mode::BrokenBody { body.len() + 9 } else { body.len() };
    let location =
        if mode == Mode::Redirect { format!("location: http://h\u{202e}/{usersig}\r\n") } else { String::new() };
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\n{location}server: {visible}{usersig}\r\nx-request-id: {visible}{usersig}\r\n\
         content-type: {visible}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    (head + &body).into_bytes()
}

fn envelope(text: &str, code: i64) -> Value {
    let status = if code == 0 { "OK" } else { "FAIL" };
    json!({ "ActionStatus": status, "ErrorCode": code, "ErrorInfo": text, "ErrorDisplay": text, "RequestId": text })
}

/// The response of every command: an item for each target, and entries of a list on two pages.
fn page(request: &Value, text: &str, code: i64) -> String {
    let listed = |field: &str| request[field].as_array().cloned().unwrap_or_default();
    let mut targets = listed("To_Account");
    let items = ["FollowItem", "AddFriendItem", "UpdateItem"].map(listed).concat();
    targets.extend(items.into_iter().map(|item| item["To_Account"].clone()));
    let users = ["AccountList", "CheckItem", "DeleteItem"].map(listed).concat();
    targets.extend(users.into_iter().map(|item| item["UserID"].clone()));
    let profile = json!([{ "Tag": "Tag_Profile_IM_Nick", "Value": text }, { "Tag": text, "Value": text }]);
    let friend = json!([{ "Tag": "Tag_SNS_IM_Remark", "Value": text }, { "Tag": "Tag_SNS_IM_Group", "Value": [text] },
        { "Tag": "Tag_SNS_IM_AddSource", "Value": text }, { "Tag": format!("Tag_SNS_Custom_{text}"), "Value": text }]);
    let item = |target: &Value| {
        json!({ "To_Account": target, "UserID": target, "ResultCode": code, "ResultInfo": text, "AccountStatus": text,
            "Status": text, "Detail": [{ "Platform": text, "Status": text }], "GroupName": text, "FriendNumber": 1,
            "ProfileItem": profile, "SnsProfileItem": friend, "FollowType": 3, "FollowerCount": 1,
            "FollowingCount": 1, "MutualFollowingCount": 1, "Relation": format!("CheckResult_Type_{text}") })
    };
    let items: Vec<Value> = targets.iter().chain([&json!(text)]).map(item).collect();
    let mut body = envelope(text, 0);
    body["FollowInfo"] = json!(items);
    body["InfoItem"] = json!(items);
    body["UserProfileItem"] = json!(items);
    body["QueryResult"] = json!(if code == 0 { &items[..] } else { &[] });
    let errors: Vec<_> = targets.iter().map(|target| json!({ "To_Account": target, "ErrorCode": code })).collect();
    body["ErrorList"] = json!(if code == 0 { &[] } else { &errors[..] });
    body["BlackListCheckItem"] = json!(items);
    if let Some(start) = request["StartIndex"].as_u64() {
        let unreadable = json!({ "To_Account": 7, "ValueItem": text, "AddBlackTimeStamp": text });
        body["UserDataItem"] = json!([{ "To_Account": text, "ValueItem": friend }, unreadable]);
        body["BlackListItem"] = json!([{ "To_Account": text, "AddBlackTimeStamp": 1 }, unreadable]);
        body["StartIndex"] = json!(u8::from(start == 0));
        body["NextStartIndex"] = body["StartIndex"].clone();
        body["CompleteFlag"] = json!(start);
    }
    if request["StartCursor"].is_null() {
        body["ResultItem"] = json!(items);
    } else {
        let entry = json!({ "To_Account": text, "FollowTime": 1, "ProfileItem": profile, "profile_sequence": 1 });
        let unreadable = json!({ "To_Account": 7, "FollowTime": text });
        body["FollowItem"] = json!([entry, unreadable]);
        body["NextCursor"] = json!(if request["StartCursor"] == "" { text } else { "" });
    }
    body.to_string()
}
