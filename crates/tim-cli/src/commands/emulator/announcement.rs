//! What `tim emulator` prints when it is ready.

use std::fmt::Display;
use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use tim_emulator::{Emulator, SdkAppId};

use super::assignments::Shell;
use crate::output::{Output, note, terminal};

/// The users of the emulator at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Users {
    None,
    /// Those of the demo data.
    Demo,
    Other,
}

/// The first line of `tim emulator`: what a client needs to call the emulator.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Announcement<'a> {
    /// The base URL for calls.
    base_url: &'a str,
    /// The app.
    #[schemars(with = "u32")]
    sdkappid: SdkAppId,
    /// The first admin of the app.
    admin: &'a str,
    /// The file with the secret key; null if the emulator made the key.
    secret_key_file: Option<&'a Path>,
    /// The secret key that the emulator made; null if it is in a file.
    secret_key: Option<&'a str>,
    /// The file with the root certificate to trust; null without TLS.
    root_certificate_file: Option<&'a Path>,
}

impl<'a> Announcement<'a> {
    pub(super) fn new(emulator: &'a Emulator, secret_key_file: Option<&'a Path>, root: Option<&'a Path>) -> Self {
        Self {
            base_url: emulator.base_url(),
            sdkappid: emulator.sdkappid(),
            admin: emulator.admin(),
            secret_key_file,
            secret_key: secret_key_file.is_none().then(|| emulator.secret_key().expose()),
            root_certificate_file: root,
        }
    }

    /// Prints it on standard output, as one JSON object or as assignments.
    pub(super) fn print(&self, shell: Option<Shell>, out: &mut Output) -> io::Result<()> {
        match shell {
            Some(shell) => self.assignments(shell).into_iter().try_for_each(|line| out.line(line))?,
            None => out.object(self)?,
        }
        out.flush()
    }

    fn assignments(&self, shell: Shell) -> Vec<String> {
        let settings = self.settings().into_iter().chain(self.key());
        let mut lines: Vec<String> = settings.map(|(name, value)| shell.export(name, &value)).collect();
        lines.extend(self.competing().map(|name| shell.unset(name)));
        lines.push(shell.assign("TIM_EMULATOR_PID", &std::process::id().to_string()));
        lines
    }

    /// The variables that would compete with those of the emulator, or take precedence over them.
    fn competing(&self) -> impl Iterator<Item = &'static str> {
        let key = if self.secret_key.is_some() { "TIM_SECRET_KEY_FILE" } else { "TIM_SECRET_KEY" };
        let certificate = self.root_certificate_file.is_none().then_some("TIM_ROOT_CERTIFICATE");
        [key, "TIM_REGION", "TIM_PROFILE"].into_iter().chain(certificate)
    }

    /// The variables of a client, without a secret.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("TIM_BASE_URL", self.base_url.to_owned()),
            ("TIM_SDKAPPID", self.sdkappid.to_string()),
            ("TIM_ADMIN", self.admin.to_owned()),
        ];
        if let Some(file) = self.secret_key_file {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            settings.push(("TIM_SECRET_KEY_FILE", file.to_string_lossy().into_owned()));
        }
        if let Some(file) = self.root_certificate_file {
            settings.push(("TIM_ROOT_CERTIFICATE", file.to_string_lossy().into_owned()));
        }
        settings
    }

    /// The variable with the key that the emulator made.
    fn key(&self) -> Option<(&'static str, String)> {
        self.secret_key.map(|key| ("TIM_SECRET_KEY", key.to_owned()))
    }

    /// Explains the next steps on standard error. Every command in it works when it is pasted into
    /// another terminal. With `assigned`, the settings are on standard output as assignments. With
    /// `verbose`, standard error shows the calls.
    pub(super) fn explain(&self, users: Users, assigned: bool, verbose: bool) {
        // The shell that evaluates the assignments runs the emulator in the background.
        let stop = if assigned { "to stop it: kill $TIM_EMULATOR_PID" } else { "press Ctrl-C to stop it" };
        note(format_args!("tim: the emulator is ready at {}; {stop}", self.base_url));
        note(match verbose {
            true => "Open this URL in a browser to see the calls in detail.",
            false => "Open this URL in a browser to see the calls, or start with -v to see them here.",
        });
        if users == Users::None {
            note(
                "There are no users yet. Start with --demo-data or --import FILE, or add users from another terminal:",
            );
            note(format_args!("  {}", self.import_command()));
        }
        if assigned {
            return;
        }
        note("To use the emulator with `tim`, paste this line into another terminal:");
        // Messages have no secret, except if the same terminal shows the key already.
        let shows_key = terminal::stdout_is_terminal() && terminal::stderr_is_terminal();
        let key = self.key().filter(|_| shows_key);
        let is_key_missing = self.secret_key.is_some() && key.is_none();
        let settings = self.settings().into_iter().chain(key);
        let settings: String = settings.map(|(name, value)| format!(" {name}={}", Shell::Sh.quoted(&value))).collect();
        let competing = self.competing().collect::<Vec<_>>().join(" ");
        note(format_args!("  export{settings}; unset {competing}"));
        note(match is_key_missing {
            true => "and set TIM_SECRET_KEY to the secret key that is on standard output. Then, for example:",
            false => "and then, for example:",
        });
        note(match users {
            Users::Demo => "  tim follow check alice bob carol",
            Users::None => "  tim follow add alice bob",
            Users::Other => "  tim doctor",
        });
    }

    fn import_command(&self) -> impl Display {
        let trust = self.root_certificate_file.map(|file| Shell::Sh.quoted(&file.to_string_lossy()));
        let trust = trust.map(|file| format!("--cacert {file} ")).unwrap_or_default();
        format!("printf 'alice,bob\\nbob,alice\\n' | curl {trust}--data-binary @- {}/_emulator/import", self.base_url)
    }
}
