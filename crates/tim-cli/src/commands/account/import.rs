//! `tim account import`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::account::{Import, ImportMany};
use tim_follow::{Batch as _, UserId};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::{Fields, problem};
use crate::input::from_line::{ColumnName, FromLine};
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, OnlyUser, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A CSV file needs a header with the column `user`. It can have the columns `nick` and `image`, the nickname and the URL
of the profile picture. If an account exists already, its import succeeds again.
Examples:
  tim account import alice bob
  tim account import alice --nick Alice --image https://example.org/alice.png
  tim account import --targets users.csv --out imported.csv --resume import.journal";

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    users: UserList,
    /// The nickname of the only USER, up to 500 bytes
    #[arg(long, value_name = "TEXT")]
    nick: Option<String>,
    /// The URL of the profile picture of the only USER, up to 500 bytes
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim account import`.
pub(crate) type Row = TargetRow<Profile, OnlyUser>;

/// What was imported beside the user.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Profile {
    /// The nickname that was sent.
    nick: Option<String>,
    /// The URL of the profile picture that was sent.
    image: Option<String>,
}

impl Profile {
    fn new(account: &Import) -> Self {
        Self { nick: account.nick.clone(), image: account.face_url.clone() }
    }
}

impl Details for Profile {
    fn cells(&self) -> Cells {
        let cells = [("nick", &self.nick), ("image", &self.image)];
        cells.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect()
    }
}

impl FromLine for Import {
    const COLUMNS: &'static [ColumnName] = &[
        ColumnName { name: "nick", aliases: &["nickname", "tagprofileimnick"] },
        ColumnName { name: "image", aliases: &["face", "faceurl", "avatar", "picture", "tagprofileimimage"] },
    ];

    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let mut account = Self::new(user);
        account.nick = fields.text("nick")?;
        account.face_url = fields.text("image")?;
        ImportMany::validate_target(&account).map_err(|error| problem(&error))?;
        Ok(account)
    }
}

pub(super) async fn run(args: ImportArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let ImportArgs { users, nick, image, bulk: args } = args;
    if (nick.is_some() || image.is_some()) && !users.is_one() {
        return Err(Failure::usage(
            "--nick and --image are for one USER; give a file with --targets for several users",
        ));
    }
    let fields = Fields::default().with("nick", nick).with("image", image);
    let job = Job {
        template: ImportMany::template(),
        from: String::new(),
        options: String::new(),
        source: users.users::<ImportMany>(args.input, fields)?,
        show: rows::of_target(|account, _| Profile::new(account)),
        deletes: None,
        hint: Some("`tim account check` with the same users prints which accounts exist"),
    };
    bulk::run(session, out, job, &args).await
}
