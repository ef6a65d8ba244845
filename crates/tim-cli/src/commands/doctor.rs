//! `tim doctor`: finds out why calls fail, and what to do.

mod local;
mod network;
pub(crate) mod report;
mod service;

use std::sync::Arc;

use tim_follow::transport::ReqwestTransport;
use tim_follow::{Client, Config, SecretKey, Transport};

use self::network::Base;
use self::report::{Finding, Report, Status};
use crate::commands::config;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::session::{Session, print_event};
use crate::settings::{ServiceEndpoint, Settings};

pub(crate) const HELP: &str = "\
It checks the settings, the key, the signature, the connections to the service and its backup, the clock, and the
response to one call of the admin, which reads the number of its own followers. It changes nothing. A check is skipped
if it depends on a failed one. The exit code is 1 if a check failed; a warning is not a failure.

With --json: {\"command\":\"doctor\",\"check\":\"clock\",\"status\":\"ok\",\"info\":\"...\",\"fix\":null}; see `tim schema doctor`.

Examples:
  tim doctor
  tim doctor --profile production
  tim doctor --json | jq -r 'select(.status == \"fail\").fix'";

pub(crate) async fn run(session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let mut report = Report::new(out);
    match session.settings() {
        Ok(settings) => Doctor { settings, verbose: session.verbose, report: &mut report }.examine().await?,
        Err(error) => {
            report
                .print("settings", &Finding::fail(error.message(), "correct it; `tim --help` explains the settings"))?;
        }
    }
    Ok(report.status())
}

struct Doctor<'a, 'o> {
    settings: &'a Settings,
    verbose: bool,
    report: &'a mut Report<'o>,
}

impl Doctor<'_, '_> {
    async fn examine(&mut self) -> Result<(), Failure> {
        self.settings()?;
        let key = self.key()?;
        self.signing(key.as_ref())?;
        let reached = self.network().await?;
        self.service(key, reached).await
    }

    /// Reports each setting and its source, and how to set what is missing.
    fn settings(&mut self) -> Result<(), Failure> {
        if let Some(file) = &self.settings.file {
            self.report.print("config file", &local::config_file(&file.value))?;
        }
        for (name, found) in config::described(self.settings) {
            let finding = match (name, found) {
                ("config", _) | ("profile" | "root_certificate" | "rate_limit", None) => continue,
                (_, Some((value, source))) => {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    let set = Finding::ok(format!("{value}, from {source}"));
                    if name == "root_certificate" { network::root(self.settings).unwrap_or(set) } else { set }
                }
                (_, None) => Finding::fail("not set", fix_of(name, self.settings)),
            };
            self.report.print(name, &finding)?;
        }
        Ok(())
    }

    fn key(&mut self) -> Result<Option<SecretKey>, Failure> {
        let (key, finding) = match &self.settings.key {
            Some(found) => local::key(found),
            None => (None, Finding::skipped_after("secret_key")),
        };
        self.report.print("key", &finding)?;
        Ok(key)
    }

    fn signing(&mut self, key: Option<&SecretKey>) -> Result<(), Failure> {
        let finding = match (&self.settings.sdkappid, &self.settings.admin, key) {
            (Some(app), Some(admin), Some(key)) => local::signing(app.value.0, &admin.value, key),
            _ => Finding::skipped("skipped, because it depends on `sdkappid`, `admin` and `key`"),
        };
        self.report.print("signing", &finding)
    }

    /// Checks the hosts and the clock. Returns whether a host of the service responded.
    async fn network(&mut self) -> Result<bool, Failure> {
        let Some(endpoint) = self.settings.endpoint.as_ref().map(|found| found.value.clone()) else {
            return self.no_network("region");
        };
        // Only the endpoint matters here, because these calls carry no signature.
        let config = Config::new(tim_follow::SdkAppId(1), "administrator", SecretKey::new("none"));
        let Ok(config) = self.settings.routed(&endpoint, config) else {
            return self.no_network("root_certificate");
        };
        let options = config.transport_options();
        let Ok(transport) = ReqwestTransport::new(&options) else {
            return self.no_network("root_certificate");
        };
        let transport: Arc<dyn Transport> = Arc::new(transport);
        if let Err(error) = Client::with_transport(config, transport.clone()) {
            self.report.print("connection", &Finding::fail(error.to_string(), "correct the base URL"))?;
            self.report.print("clock", &Finding::skipped_after("connection"))?;
            return Ok(false);
        }
        let (primary, backup) = match endpoint {
            ServiceEndpoint::Region(region) => (region.primary_host(), Some(region.backup_host())),
            ServiceEndpoint::BaseUrl(ref url) => (url.as_str(), None),
        };
        let https = |host: &str| if backup.is_some() { format!("https://{host}") } else { host.to_owned() };
        let base = |host: &str| Base(https(host).trim_end_matches('/').to_owned());
        let mut ahead = None;
        let mut reached = false;
        for (names, host) in [(["name", "connection"], Some(primary)), (["backup name", "backup"], backup)] {
            let Some(base) = host.map(base) else { continue };
            self.report.print(names[0], &weaken_if(reached, network::name(&base, &options).await))?;
            let (finding, difference) = network::connection(&base, transport.as_ref()).await;
            let responds = finding.status != Status::Fail;
            self.report.print(names[1], &weaken_if(reached, finding))?;
            ahead = ahead.or(difference);
            reached |= responds;
        }
        let clock = match (ahead, reached) {
            (Some(ahead), _) => network::clock(ahead),
            (None, true) => Finding::skipped("skipped, because the response has no date"),
            (None, false) => Finding::skipped_after("connection"),
        };
        self.report.print("clock", &clock)?;
        Ok(reached)
    }

    fn no_network(&mut self, failed: &str) -> Result<bool, Failure> {
        let skipped = Finding::skipped_after(failed);
        ["name", "connection", "clock"].iter().try_for_each(|check| self.report.print(check, &skipped))?;
        Ok(false)
    }

    async fn service(&mut self, key: Option<SecretKey>, reached: bool) -> Result<(), Failure> {
        let Settings { sdkappid, admin, endpoint, .. } = self.settings;
        let findings = match (sdkappid, admin, key, endpoint) {
            (Some(app), Some(admin), Some(key), Some(endpoint)) if reached => {
                let config = Config::new(app.value, admin.value.as_str(), key);
                let config = if self.verbose { config.observe(print_event) } else { config };
                let config = self.settings.routed(&endpoint.value, config)?;
                match Client::new(config) {
                    Ok(client) => service::check(&client, &admin.value).await,
                    Err(_) => std::array::from_fn(|_| Finding::skipped_after("signing")),
                }
            }
            _ if !reached => std::array::from_fn(|_| Finding::skipped_after("connection")),
            _ => std::array::from_fn(|_| {
                Finding::skipped("skipped, because it depends on `sdkappid`, `admin` and `key`")
            }),
        };
        service::CHECKS.iter().zip(&findings).try_for_each(|(check, finding)| self.report.print(check, finding))
    }
}

/// Turns a failure into a warning if another host was reached.
fn weaken_if(reached: bool, finding: Finding) -> Finding {
    match finding.status {
        Status::Fail if reached => Finding { status: Status::Warn, ..finding },
        _ => finding,
    }
}

fn fix_of(setting: &str, settings: &Settings) -> String {
    let fix = match setting {
        "sdkappid" => "--sdkappid N, TIM_SDKAPPID or sdkappid in a profile: the SDKAppID that the console shows",
        "admin" => "--admin NAME, TIM_ADMIN or admin in a profile: an admin of the app in the console",
        "secret_key" => {
            "--secret-key-file FILE, TIM_SECRET_KEY_FILE, TIM_SECRET_KEY, or secret_key_file or key_command in a profile"
        }
        _ => "--region NAME, TIM_REGION or region in a profile: the region that the console shows; or a base URL",
    };
    match (&settings.profile, &settings.profiles[..]) {
        (None, [_, ..]) => format!("{fix}; or choose a profile with --profile: {}", settings.profiles.join(", ")),
        _ => fix.to_owned(),
    }
}
