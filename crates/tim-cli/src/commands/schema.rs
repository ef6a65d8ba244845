//! `tim schema`: the JSON Schemas of what commands print with `--json`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::commands::emulator::announcement::Announcement;
use crate::commands::{
    account, block, config, demo, diff, doctor, error, follow, friend, friend_group, profile, usersig, webhook,
};
use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row};
use crate::output::{Output, schema};
use crate::run::rows::DryRun;

pub(crate) const HELP: &str = "\
A schema is a JSON Schema 2020-12 with the key `version`. A version can get new keys, so ignore keys that you do not
know; other changes raise the version. `tim call` has no schema: it prints the response of the service as it is.

Examples:
  tim schema
  tim schema follow check
  tim schema usersig verify --json | jq .required";

#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    /// The command, as in `follow check` or `follow-check`; without it, list all schemas
    #[arg(value_name = "COMMAND")]
    words: Vec<String>,
}

/// A schema that this command prints.
pub(crate) struct Entry {
    /// The words of the command, joined with `-`.
    pub(crate) name: &'static str,
    version: u32,
    description: &'static str,
    schema: fn() -> Value,
}

const fn entry(name: &'static str, version: u32, description: &'static str, schema: fn() -> Value) -> Entry {
    Entry { name, version, description, schema }
}

/// All schemas.
pub(crate) const SCHEMAS: &[Entry] = &[
    entry("account-import", 1, "A target of `tim account import`", schema::of::<account::import::Row>),
    entry("account-delete", 1, "A target of `tim account delete`", schema::of::<account::delete::Row>),
    entry("account-check", 1, "A target of `tim account check`", schema::of::<account::check::Row>),
    entry("account-kick", 1, "A target of `tim account kick`", schema::of::<account::kick::Row>),
    entry("account-status", 1, "A target of `tim account status`", schema::of::<account::status::Row>),
    entry("profile-get", 1, "A target of `tim profile get`", schema::of::<profile::get::Row>),
    entry("profile-set", 1, "A target of `tim profile set`", schema::of::<profile::set::Row>),
    entry("follow-add", 1, "A target of `tim follow add`", schema::of::<follow::add::Row>),
    entry("follow-delete", 1, "A target of `tim follow delete`", schema::of::<follow::delete::Row>),
    entry("follow-check", 1, "A target of `tim follow check`", schema::of::<follow::check::Row>),
    entry("follow-list", 1, "An entry of a list, or a row about a list", schema::of::<follow::list::row::Row>),
    entry("follow-export", 1, "A follow, or a row about a list of follows", schema::of::<follow::list::row::Row>),
    entry("follow-counts", 1, "A user of `tim follow counts`", schema::of::<follow::counts::Row>),
    entry("follow-sync", 1, "A change that `tim follow sync` made", schema::of::<follow::sync::ChangeRow>),
    entry(
        "follow-sync-plan",
        1,
        "A change that `tim follow sync --plan` shows",
        schema::of::<follow::sync::PlannedRow>,
    ),
    entry("follow-graph", 1, "The picture of `tim follow graph`", schema::of::<follow::graph::GraphRow>),
    entry("friend-add", 1, "A target of `tim friend add`", schema::of::<friend::add::Row>),
    entry("friend-import", 1, "A target of `tim friend import`", schema::of::<friend::import::Row>),
    entry("friend-update", 1, "A target of `tim friend update`", schema::of::<friend::update::Row>),
    entry("friend-delete", 1, "A target of `tim friend delete`", schema::of::<friend::delete::Row>),
    entry("friend-clear", 1, "A user of `tim friend clear`", schema::of::<friend::clear::Row>),
    entry("friend-list", 1, "An entry of a friend list, or a row about a list", schema::of::<friend::list::Row>),
    entry("friend-get", 1, "A target of `tim friend get`", schema::of::<friend::get::Row>),
    entry("friend-check", 1, "A target of `tim friend check`", schema::of::<friend::check::Row>),
    entry("block-add", 1, "A target of `tim block add`", schema::of::<block::add::Row>),
    entry("block-delete", 1, "A target of `tim block delete`", schema::of::<block::delete::Row>),
    entry("block-list", 1, "An entry of a blocklist, or a row about a list", schema::of::<block::list::Row>),
    entry("block-check", 1, "A target of `tim block check`", schema::of::<block::check::Row>),
    entry("friend-group-add", 1, "A group of `tim friend-group add`", schema::of::<friend_group::add::Row>),
    entry("friend-group-delete", 1, "A group of `tim friend-group delete`", schema::of::<friend_group::delete::Row>),
    entry("friend-group-list", 1, "A group of `tim friend-group list`", schema::of::<friend_group::list::Row>),
    entry("dry-run", 1, "What a command would send, with --dry-run", schema::of::<DryRun>),
    entry("diff", 1, "A difference that `tim diff` found", schema::of::<diff::DiffRow>),
    entry("config-list", 1, "A profile of `tim config list`", schema::of::<config::ProfileRow>),
    entry("config-set", 1, "The setting that `tim config set` wrote", schema::of::<config::WrittenRow>),
    entry("config-use", 1, "The default profile of `tim config use`", schema::of::<config::DefaultRow>),
    entry("config-show", 1, "A setting of `tim config show`", schema::of::<config::SettingRow>),
    entry("config-path", 1, "The file of `tim config path` and `init`", schema::of::<config::PathRow>),
    entry("doctor", 1, "A check of `tim doctor`", schema::of::<doctor::report::DoctorRow>),
    entry("error", 1, "A code of `tim error`", schema::of::<error::ErrorRow>),
    entry("usersig-sign", 1, "The UserSig of `tim usersig sign`", schema::of::<usersig::sign::SignRow>),
    entry("usersig-verify", 1, "The result of `tim usersig verify`", schema::of::<usersig::verify::VerifyRow>),
    entry("usersig-inspect", 1, "The result of `tim usersig inspect`", schema::of::<usersig::inspect::InspectRow>),
    entry("usersig-explain", 1, "The result of `tim usersig explain`", schema::of::<usersig::explain::ExplainRow>),
    entry("webhook-listen", 1, "An event of `tim webhook listen`", schema::of::<webhook::listen::row::EventRow>),
    entry("webhook-trigger", 1, "A request of `tim webhook trigger`", schema::of::<webhook::trigger::TriggerRow>),
    entry("webhook-replay", 1, "An event of `tim webhook replay`", schema::of::<webhook::replay::ReplayRow>),
    entry("demo", 1, "A call of `tim demo`", schema::of::<demo::DemoLine<'_>>),
    entry("emulator", 1, "The first line of `tim emulator`", schema::of::<Announcement<'_>>),
    entry("schema", 1, "A line of `tim schema`", schema::of::<SchemaRow>),
];

impl Entry {
    /// The schema with its identity.
    pub(crate) fn document(&self) -> Value {
        let Self { name, version, description, schema } = self;
        let mut document = schema();
        if let Some(object) = document.as_object_mut() {
            object.insert("$id".to_owned(), format!("urn:tim:schema:{name}:{version}").into());
            object.insert("title".to_owned(), (*name).into());
            object.insert("description".to_owned(), (*description).into());
            object.insert("version".to_owned(), (*version).into());
        }
        document
    }
}

/// A line of `tim schema` without a command.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct SchemaRow {
    /// `schema`.
    command: &'static str,
    /// The name of the schema.
    name: &'static str,
    /// Its version.
    version: u32,
    /// What the schema describes.
    description: &'static str,
}

impl Row for SchemaRow {
    fn cells(&self) -> Cells {
        vec![
            ("name", self.name.to_owned()),
            ("version", self.version.to_string()),
            ("description", self.description.to_owned()),
        ]
    }
}

pub(crate) fn run(args: &SchemaArgs, out: &mut Output) -> Result<ExitStatus, Failure> {
    let name = args.words.join("-");
    if name.is_empty() {
        let row = |entry: &Entry| {
            let Entry { name, version, description, .. } = *entry;
            SchemaRow { command: "schema", name, version, description }
        };
        SCHEMAS.iter().try_for_each(|entry| out.row(&row(entry)))?;
        return Ok(ExitStatus::Done);
    }
    let Some(entry) = SCHEMAS.iter().find(|entry| entry.name == name) else {
        return Err(Failure::usage(match name.as_str() {
            "call" => "`tim call` has no schema: it prints the response of the service as it is".to_owned(),
            _ => format!("cannot find a schema for {name:?}; `tim schema` lists all schemas"),
        }));
    };
    let document = entry.document();
    if out.is_json() {
        out.object(&document)?;
    } else {
        out.line(format_args!("{document:#}"))?;
    }
    Ok(ExitStatus::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `visit` with each property of a schema and of the alternatives in it.
    fn properties(schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            visit(name, property);
        }
        for alternative in schema["anyOf"].as_array().into_iter().flatten() {
            properties(alternative, visit);
        }
    }

    #[test]
    fn each_schema_is_valid_and_describes_each_key() {
        for entry in SCHEMAS {
            let document = entry.document();
            jsonschema::meta::validate(&document).unwrap();
            assert_eq!(document["$schema"], "https://json-schema.org/draft/2020-12/schema");
            let mut keys = 0;
            properties(&document, &mut |name, property| {
                keys += 1;
                assert!(
                    property["description"].as_str().is_some_and(|text| text.ends_with('.')),
                    "{}: {name}",
                    entry.name
                );
            });
            assert!(keys > 2, "{}", entry.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = SCHEMAS.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SCHEMAS.len());
    }
}
