//! A Chromium without a window for each test, driven with a few commands of WebDriver.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tim_emulator::Emulator;

pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const SPACE: &str = " ";
pub(crate) const TAB: &str = "\u{e004}";
const BACKSPACE: &str = "\u{e003}";
const SHIFT: &str = "\u{e008}";

/// The maximum time of a wait. After it, the test fails.
const LIMIT: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
const LOOKS: u128 = LIMIT.as_millis() / BETWEEN_LOOKS.as_millis();

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
    agent: ureq::Agent,
    base_url: String,
    clicks: Cell<u32>,
}

impl Browser {
    /// Opens a path of the emulator in a window of this width.
    pub(crate) fn open(emulator: &Emulator, path: &str, width: u32) -> Self {
        Self::with_policy(emulator, path, width, true)
    }

    /// Like [`open`](Self::open), but without the content security policy of the page. Scripts of
    /// the test can then write to the page.
    pub(crate) fn without_policy(emulator: &Emulator, path: &str, width: u32) -> Self {
        Self::with_policy(emulator, path, width, false)
    }

    fn with_policy(emulator: &Emulator, path: &str, width: u32, has_policy: bool) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("tim-console-{}-{number}", std::process::id()));
        let (driver, port) = start_driver();
        let session = format!("http://127.0.0.1:{port}/session");
        let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let mut browser =
            Self { driver, profile, session, agent, base_url: emulator.base_url().to_owned(), clicks: Cell::new(0) };
        let mut args = ARGS.map(str::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", browser.profile.display()));
        let wanted = json!({
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
            "acceptInsecureCerts": true,
        });
        let session = browser.post("", json!({ "capabilities": { "alwaysMatch": wanted } }));
        browser.session += &format!("/{}", session["sessionId"].as_str().unwrap());
        browser.cdp("Page.setBypassCSP", json!({ "enabled": !has_policy }));
        browser.resize(width);
        browser.go(path);
        browser
    }

    /// Sends a command of the Chrome DevTools protocol.
    fn cdp(&self, command: &str, params: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": params }))
    }

    pub(crate) fn resize(&self, width: u32) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size);
    }

    /// Waits until the page has drawn two frames, so that it has its layout for the size of the
    /// window.
    pub(crate) fn draw(&self) {
        let frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
        self.cdp("Runtime.evaluate", json!({ "expression": frames, "awaitPromise": true }));
    }

    /// Switches between the themes `light` and `dark`.
    pub(crate) fn theme(&self, name: &str) {
        let feature = json!([{ "name": "prefers-color-scheme", "value": name }]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": feature }));
    }

    /// Opens a path of the emulator, and waits until the page has loaded.
    pub(crate) fn go(&self, path: &str) {
        self.post("/url", json!({ "url": format!("{}{path}", self.base_url) }));
        self.wait_loaded();
    }

    pub(crate) fn reload(&self) {
        self.post("/refresh", json!({}));
        self.wait_loaded();
    }

    fn wait_loaded(&self) {
        self.wait("document.querySelector('#live').textContent === 'Live' && document.querySelector('.view')");
    }

    /// Returns the path and the query of the page.
    pub(crate) fn address(&self) -> String {
        self.eval("location.pathname + location.search").as_str().unwrap().to_owned()
    }

    /// Returns the violations that axe-core finds, each with the elements.
    pub(crate) fn violations(&self) -> Value {
        if self.eval("window.axe === undefined") == true {
            let script = std::env::var("TIM_AXE").expect("`cargo xtask console` sets TIM_AXE");
            let script = std::fs::read_to_string(script).unwrap();
            self.cdp("Runtime.evaluate", json!({ "expression": script, "silent": true }));
        }
        let run = "axe.run(document, { resultTypes: ['violations'] }).then((found) => JSON.stringify(
            found.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))])))";
        let result = self.cdp("Runtime.evaluate", json!({ "expression": run, "awaitPromise": true }));
        serde_json::from_str(result["result"]["value"].as_str().expect("axe-core runs")).unwrap()
    }

    /// Writes a picture of the whole page.
    pub(crate) fn screenshot(&self, file: &Path) {
        // The picture has no scroll bars. With them, the page would be narrower than the picture.
        self.cdp("Emulation.setScrollbarsHidden", json!({ "hidden": true }));
        let picture = self.cdp("Page.captureScreenshot", json!({ "captureBeyondViewport": true }));
        std::fs::write(file, STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.try_post(path, &body).unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    fn try_post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let mut response = self.agent.post(format!("{}{path}", self.session)).send(body.to_string()).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let is_success = response.status().is_success();
        if is_success { Ok(serde_json::from_str::<Value>(&text).unwrap()["value"].take()) } else { Err(text) }
    }

    /// Evaluates a JavaScript expression in the page.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        self.post("/execute/sync", json!({ "script": format!("return ({expression})"), "args": [] }))
    }

    /// Waits until an expression is true.
    pub(crate) fn wait(&self, expression: &str) {
        for _ in 0..LOOKS {
            if self.eval(&format!("!!({expression})")) == json!(true) {
                return;
            }
            sleep(BETWEEN_LOOKS);
        }
        panic!("never true: {expression}\n{}", self.text());
    }

    /// Returns the start of the text of the page, for the messages of failures.
    fn text(&self) -> String {
        let text =
            self.eval("['.messages', 'main', 'dialog'].map((e) => document.querySelector(e).innerText).join(' ')");
        format!("the page says:\n{}", text.as_str().unwrap().chars().take(4000).collect::<String>())
    }

    /// Waits until an element has this text in it.
    pub(crate) fn wait_text(&self, css: &str, text: &str) {
        self.wait(&format!("[...document.querySelectorAll({css:?})].some((e) => e.textContent.includes({text:?}))"));
    }

    fn element(&self, css: &str) -> String {
        self.element_of(&format!("document.querySelector({css:?})"))
    }

    /// Waits for the element that an expression finds.
    fn element_of(&self, expression: &str) -> String {
        for _ in 0..LOOKS {
            let found = self.eval(expression);
            let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
            if let Some(id) = id {
                return format!("/element/{id}");
            }
            sleep(BETWEEN_LOOKS);
        }
        panic!("no element: {expression}\n{}", self.text());
    }

    /// Clicks like a mouse: an element that is covered cannot be clicked. Waits for an element that
    /// is hidden, and for the new element if the page replaces it between the search and the click.
    pub(crate) fn click(&self, css: &str) {
        self.click_on(&format!("document.querySelector({css:?})"));
    }

    /// Clicks the first element that contains this text.
    pub(crate) fn click_text(&self, css: &str, text: &str) {
        self.click_on(&format!(
            "[...document.querySelectorAll({css:?})].find((e) => e.textContent.includes({text:?})) ?? null"
        ));
    }

    fn click_on(&self, expression: &str) {
        const TRANSIENT: [&str; 3] =
            ["stale element reference", "element not interactable", "element click intercepted"];
        self.clicks.set(self.clicks.get() + 1);
        for _ in 0..LOOKS {
            match self.try_post(&format!("{}/click", self.element_of(expression)), &json!({})) {
                Err(error) if TRANSIENT.iter().any(|kind| error.contains(kind)) => sleep(BETWEEN_LOOKS),
                result => {
                    result.unwrap_or_else(|error| panic!("{expression} cannot be clicked: {error}"));
                    return;
                }
            }
        }
        panic!("stays hidden, or is replaced again and again: {expression}\n{}", self.text());
    }

    /// Returns the number of clicks so far.
    pub(crate) fn clicks(&self) -> u32 {
        self.clicks.get()
    }

    /// Returns what the admin API responds to a GET request.
    pub(crate) fn fetch(&self, path: &str) -> Value {
        let text = ureq::get(format!("{}/_emulator/{path}", self.base_url)).call().unwrap();
        serde_json::from_str(&text.into_body().read_to_string().unwrap()).unwrap()
    }

    /// Replaces the text of a field by typing.
    pub(crate) fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.post(&format!("{element}/clear"), json!({}));
        // WebDriver clears a field without an event, so types and removes a letter.
        let keys = if text.is_empty() { format!("x{BACKSPACE}") } else { text.to_owned() };
        self.post(&format!("{element}/value"), json!({ "text": keys }));
    }

    /// Types in a field, chooses the option that starts with this text, or chooses a file by its
    /// path.
    pub(crate) fn enter(&self, css: &str, text: &str) {
        self.post(&format!("{}/value", self.element(css)), json!({ "text": text }));
    }

    /// Keeps the text that the page copies from now on in `window.copied`, because a browser
    /// without a window has no clipboard.
    pub(crate) fn keep_copies(&self) {
        self.eval("(navigator.clipboard.writeText = async (text) => void (window.copied = text), true)");
    }

    /// Returns the texts of the elements.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        let texts = self.eval(&format!("[...document.querySelectorAll({css:?})].map((e) => e.textContent)"));
        serde_json::from_value(texts).unwrap()
    }

    /// Presses and releases a key. The element with the focus gets it.
    pub(crate) fn press(&self, key: &str) {
        let keys = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }));
    }

    pub(crate) fn press_shift_tab(&self) {
        let key = |kind: &str, value: &str| json!({ "type": kind, "value": value });
        let keys = [key("keyDown", SHIFT), key("keyDown", TAB), key("keyUp", TAB), key("keyUp", SHIFT)];
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }));
    }

    pub(crate) fn type_text(&self, text: &str) {
        text.chars().for_each(|letter| self.press(&letter.to_string()));
    }

    /// Presses Tab until the focus is on this element. Each element on the way must show the focus.
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

    /// Checks that the page had no error and did not break its content security policy.
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

/// Starts a driver, and returns it with its port.
fn start_driver() -> (Child, u16) {
    let mut command = Command::new("chromedriver");
    let mut driver = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map(Result::unwrap);
    let started = lines.find(|line| line.contains("started successfully on port")).unwrap();
    // Reads the rest of the output, because the pipe must not fill up.
    std::thread::spawn(move || lines.for_each(drop));
    (driver, started.trim_end_matches('.').rsplit(' ').next().unwrap().parse().unwrap())
}
