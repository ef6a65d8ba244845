//! `tim profile set`.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde_json::Value;
use tim_follow::profile::Set;
use tim_follow::{Each, ProfileItem, ProfileTag, UserId};

use super::fields::{self, ADMIN_FORBID_TYPES, ALLOW_TYPES, GENDERS};
use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::{Fields, custom_fields};
use crate::input::from_line::{ColumnName, FromLine};
use crate::output::Output;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, OnlyUser, ProfileFields, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A CSV file needs a header with the column `user` and a column for each field to set: nick, allow_type, self_signature,
image, gender, birthday, location, language, level, role, msg_settings, admin_forbid_type. A field of the app has its
full name as the column, for example Tag_Profile_Custom_Team. The column `custom` can have several of them as a JSON
object. NDJSON has the same names as keys. The output of `tim profile get` can be read too.

A field that a line does not have is not changed. An empty cell of CSV does not change its field either. An empty text
in NDJSON, or of a flag, makes a text field empty. A line without any field is bad.

A flag sets its field for each line that does not have the field. These flags are for one USER only: --nick,
--self-signature, --image, --gender, --birthday and --location.

Examples:
  tim profile set alice --nick Alice --gender female --custom Team=red
  tim profile set --targets users.txt --allow-type need_confirm
  tim profile set --targets profiles.csv --out set.csv --resume set.journal
  tim profile get alice bob --json | tim profile set --targets - --profile other";

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    users: UserList,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
    // The last one, because its help heading is that of all arguments behind it.
    #[command(flatten)]
    values: Values,
}

/// The fields of a profile as flags.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fields")]
pub(crate) struct Values {
    #[command(flatten)]
    personal: Personal,
    /// Who may add the user as a friend
    #[arg(long, value_name = "WHO", value_parser = words(ALLOW_TYPES), ignore_case = true)]
    allow_type: Option<String>,
    /// The language, a number that the app defines
    #[arg(long, value_name = "N")]
    language: Option<u32>,
    /// The level
    #[arg(long, value_name = "N")]
    level: Option<u32>,
    /// The role
    #[arg(long, value_name = "N")]
    role: Option<u32>,
    /// The message settings; if bit 0 is set, the user receives no messages
    #[arg(long, value_name = "N")]
    msg_settings: Option<u32>,
    /// Whether the admin forbids the user to send friend requests
    #[arg(long, value_name = "WHAT", value_parser = words(ADMIN_FORBID_TYPES), ignore_case = true)]
    admin_forbid_type: Option<String>,
    /// A field of the app, by its keyword: Team is Tag_Profile_Custom_Team. Can be given several
    /// times
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_custom)]
    custom: Vec<(ProfileTag, String)>,
}

/// The fields that only one user can have.
#[derive(Debug, Args)]
struct Personal {
    /// The nickname, up to 500 bytes
    #[arg(long, value_name = "TEXT")]
    nick: Option<String>,
    /// The personal signature, up to 500 bytes
    #[arg(long, value_name = "TEXT")]
    self_signature: Option<String>,
    /// The URL of the profile picture, up to 500 bytes
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    /// The gender
    #[arg(long, value_name = "GENDER", value_parser = words(GENDERS), ignore_case = true)]
    gender: Option<String>,
    /// The birthday, for example 20001231
    #[arg(long, value_name = "YYYYMMDD", value_parser = fields::parse_date)]
    birthday: Option<u32>,
    /// The location, up to 16 bytes
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
}

/// Accepts these words and their values on the wire.
fn words(words: &'static [(&str, &str)]) -> PossibleValuesParser {
    PossibleValuesParser::new(words.iter().map(|(word, wire)| PossibleValue::new(*word).alias(*wire)))
}

fn parse_custom(text: &str) -> Result<(ProfileTag, String), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE, for example Team=red")?;
    Ok((fields::parse_tag(key)?, value.to_owned()))
}

impl Personal {
    fn fields(self) -> Fields {
        Fields::default()
            .with("nick", self.nick)
            .with("self_signature", self.self_signature)
            .with("image", self.image)
            .with("gender", self.gender)
            .with("birthday", self.birthday)
            .with("location", self.location)
    }
}

impl Values {
    /// The fields of one user that are set.
    pub(crate) fn items(self) -> Result<Vec<ProfileItem>, Failure> {
        fields::items(&self.fields(true)?).map_err(Failure::usage)
    }

    fn fields(self, is_one: bool) -> Result<Fields, Failure> {
        let personal = self.personal.fields();
        if !is_one && personal != Fields::default() {
            return Err(Failure::usage(
                "--nick, --self-signature, --image, --gender, --birthday and --location are for one USER; give a file with \
                 --targets for several users",
            ));
        }
        let fields = personal
            .with("allow_type", self.allow_type)
            .with("language", self.language)
            .with("level", self.level)
            .with("role", self.role)
            .with("msg_settings", self.msg_settings)
            .with("admin_forbid_type", self.admin_forbid_type);
        Ok(custom_fields(fields, self.custom.into_iter().map(|(tag, value)| (tag.as_str().to_owned(), value)))?)
    }
}

/// A row of `tim profile set`: the fields that were sent.
pub(crate) type Row = TargetRow<ProfileFields, OnlyUser>;

impl FromLine for Set {
    const COLUMNS: &'static [ColumnName] = &fields::COLUMNS;
    const CUSTOM: Option<&'static str> = Some(fields::CUSTOM);

    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let items = fields::items(fields)?;
        if items.is_empty() {
            let names: Vec<_> = fields::names().collect();
            return Err(format!("no field to set: give at least one of {} and custom", names.join(", ")));
        }
        Ok(Self::new(user, items))
    }

    fn is_in_row(fields: &Fields) -> bool {
        let is_empty = |value: &Value| value.as_object().is_some_and(|object| object.is_empty()) || value == "{}";
        fields.iter().any(|(name, value)| name != fields::OTHERS || !is_empty(value))
    }
}

pub(super) async fn run(args: SetArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let SetArgs { users, values, bulk: args } = args;
    let fields = values.fields(users.is_one())?;
    let job = Job {
        template: Each::<Set>::template(),
        from: String::new(),
        options: String::new(),
        source: users.users::<Each<Set>>(args.input, fields)?,
        show: rows::of_target(|request: &Set, _| ProfileFields::new(&request.fields)),
        deletes: None,
        hint: Some("`tim profile get` with the same users prints the profiles"),
    };
    bulk::run(session, out, job, &args).await
}
