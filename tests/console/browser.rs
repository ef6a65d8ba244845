//! A Chromium of its own for each test, without a window, driven by the few commands of WebDriver that are needed.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const SPACE: &str = " ";
const TAB: &str = "\u{e004}";

/// What it is asked for comes within this time, or the test fails.
const LIMIT: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

const ARGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
];

pub(crate) struct Browser {
    driver: Child,
    profile: PathBuf,
    session: String,
}

impl Browser {
    /// A page of this width, which has loaded what `url` names.
    pub(crate) fn open(url: &str, width: u32) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("tim-console-{}-{number}", std::process::id()));
        let (driver, port) = start_driver();
        let mut browser = Self { driver, profile, session: format!("http://127.0.0.1:{port}/session") };
        let mut args = ARGS.map(str::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", browser.profile.display()));
        let wanted = json!({
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
            "acceptInsecureCerts": true,
        });
        let session = browser.post("", json!({ "capabilities": { "alwaysMatch": wanted } }));
        browser.session += &format!("/{}", session["sessionId"].as_str().unwrap());
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser.post("/goog/cdp/execute", json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size }));
        browser.post("/url", json!({ "url": url }));
        browser.wait("document.querySelector('#live').textContent === 'Live'");
        browser
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let mut response = agent.post(format!("{}{path}", self.session)).send(body.to_string()).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        assert!(response.status().is_success(), "{path} {body}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()["value"].take()
    }

    /// What a JavaScript expression is worth in the page.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        self.post("/execute/sync", json!({ "script": format!("return ({expression})"), "args": [] }))
    }

    /// Waits until an expression is true.
    pub(crate) fn wait(&self, expression: &str) {
        let looks = LIMIT.as_millis() / BETWEEN_LOOKS.as_millis();
        for _ in 0..looks {
            if self.eval(&format!("!!({expression})")) == json!(true) {
                return;
            }
            sleep(BETWEEN_LOOKS);
        }
        panic!("never true: {expression}\nthe page says:\n{}", self.eval("document.body.innerText").as_str().unwrap());
    }

    /// Waits until an element has this text in it.
    pub(crate) fn wait_text(&self, css: &str, text: &str) {
        self.wait(&format!("[...document.querySelectorAll({css:?})].some((e) => e.textContent.includes({text:?}))"));
    }

    fn element(&self, css: &str) -> String {
        self.wait(&format!("document.querySelector({css:?})"));
        let found = self.post("/element", json!({ "using": "css selector", "value": css }));
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        format!("/element/{}", id.unwrap())
    }

    /// As a mouse does it: what is hidden or covered cannot be clicked.
    pub(crate) fn click(&self, css: &str) {
        self.post(&format!("{}/click", self.element(css)), json!({}));
    }

    /// Clicks a field and types.
    pub(crate) fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.post(&format!("{element}/clear"), json!({}));
        self.post(&format!("{element}/value"), json!({ "text": text }));
    }

    /// Presses and releases a key, wherever the focus is.
    pub(crate) fn press(&self, key: &str) {
        let keys = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }));
    }

    pub(crate) fn type_text(&self, text: &str) {
        text.chars().for_each(|letter| self.press(&letter.to_string()));
    }

    /// Presses Tab until the focus is on this element. On the way the focus is always somewhere, and always seen.
    pub(crate) fn tab_to(&self, css: &str) {
        const ROUND: usize = 400;
        for _ in 0..ROUND {
            self.press(TAB);
            let focus = self.eval(&format!(
                "((at) => ({{
                    there: at.matches({css:?}),
                    seen: at === document.body || [at, ...at.querySelectorAll('*')].some((e) => {{
                        const style = getComputedStyle(e);
                        return style.outlineStyle !== 'none' || (e.matches('.touch') && style.stroke !== 'none');
                    }}),
                    what: at.outerHTML.slice(0, 200),
                }}))(document.activeElement)"
            ));
            assert_eq!(focus["seen"], true, "no visible focus: {}", focus["what"]);
            if focus["there"] == true {
                return;
            }
        }
        panic!("Tab never comes to {css}");
    }

    /// The page broke no rule of its own policy and had no error.
    pub(crate) fn assert_no_errors(&self) {
        let log = self.post("/se/log", json!({ "type": "browser" }));
        assert_eq!(log, json!([]));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium, which the driver started.
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// A driver on a port that it chose.
fn start_driver() -> (Child, u16) {
    let mut command = Command::new("chromedriver");
    let mut driver = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map(Result::unwrap);
    let started = lines.find(|line| line.contains("started successfully on port")).unwrap();
    // What it says from now on goes nowhere, but the pipe must not fill up.
    std::thread::spawn(move || lines.for_each(drop));
    (driver, started.trim_end_matches('.').rsplit(' ').next().unwrap().parse().unwrap())
}
