//! `tim account status`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::status::{Query, Status, StatusItem};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::Fields;
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, OnlyUser, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
The key `status` is one of:
  online       a device is connected
  push_online  no device is connected, but push messages reach one
  offline      neither

Examples:
  tim account status alice bob
  tim account status alice --devices
  tim account status --targets users.txt --json | jq -r 'select(.status == \"online\").user'";

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    users: UserList,
    /// Read the status of each device too
    #[arg(long)]
    devices: bool,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// A row of `tim account status`.
pub(crate) type Row = TargetRow<OnlineStatus, OnlyUser>;

/// The online status of a user.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct OnlineStatus {
    /// `online`, `push_online`, `offline`, or another value as the service sent it; null if the
    /// outcome is not `done`.
    status: Option<String>,
    /// The status of each device; null without `--devices`.
    devices: Option<Vec<Device>>,
    /// Whether the value is known, so that the summary counts it.
    #[serde(skip)]
    is_known: bool,
}

/// The status of a device.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Device {
    /// The platform, for example `Android`.
    platform: String,
    /// The status of the device, as that of the user.
    status: String,
}

impl OnlineStatus {
    fn new(item: &StatusItem) -> Self {
        let device = |device: &tim_follow::status::Device| Device {
            platform: device.platform.clone(),
            status: word(&device.status).to_owned(),
        };
        Self {
            status: Some(word(&item.status).to_owned()),
            devices: item.devices.as_ref().map(|devices| devices.iter().map(device).collect()),
            is_known: Status::KNOWN.contains(&item.status.as_str()),
        }
    }
}

/// The word for a status.
fn word(status: &Status) -> &str {
    match status {
        status if *status == Status::ONLINE => "online",
        status if *status == Status::PUSH_ONLINE => "push_online",
        status if *status == Status::OFFLINE => "offline",
        other => other.as_str(),
    }
}

impl Details for OnlineStatus {
    fn cells(&self) -> Cells {
        let devices = self.devices.as_ref().filter(|devices| !devices.is_empty()).map(|devices| {
            let texts: Vec<_> = devices.iter().map(|device| format!("{} {}", device.platform, device.status)).collect();
            ("devices", texts.join(", "))
        });
        self.status.iter().map(|status| ("status", status.clone())).chain(devices).collect()
    }

    fn result(&self) -> Option<&str> {
        self.status.as_deref().filter(|_| self.is_known)
    }
}

pub(super) async fn run(args: StatusArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let StatusArgs { users, devices, bulk: args } = args;
    let job = Job {
        template: Query::template(devices),
        from: String::new(),
        options: format!("devices {devices}"),
        source: users.users::<Query>(args.input, Fields::default())?,
        show: rows::of_outcome(OnlineStatus::new),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
