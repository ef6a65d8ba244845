//! What commands print about each of their targets: a function for each kind of answer.

use std::io;

use tim_follow::follow::{Counters, Relation};
use tim_follow::{Batch, BatchItem, Error, ErrorCode, ErrorKind, Outcome, Rejection, TargetOutcome, UserId, friend};

use crate::output::{Field, Output, Row};

/// The lines for programs, as `--help` explains them.
pub(crate) const JSON_HELP: &str = "\
With --json, one object a line on standard output: for each target
  {\"command\":\"follow_check\",\"from\":\"alice\",\"to\":\"bob\",\"ok\":true,...}
  {\"command\":\"follow_check\",\"from\":\"alice\",\"to\":\"zoe\",\"ok\":false,\"outcome\":\"refused\",\"code\":30003,\"meaning\":\"...\",\"info\":\"...\"}
where ... is nothing more for follow add and delete, and else
  follow check   relation (none, follower, following, mutual), follow_type (its number on the wire)
  follow counts  followers, following, mutual
  follow list    kind, followed_at (unix seconds), nick, profile (an object), profile_sequence; with --flatten a key for
                 each documented field, and those of the app in custom, instead of profile
  follow sync    change (follow, unfollow)
  friend check   relation (as on the wire), from_has_to, to_has_from (null: not looked at)
`outcome` is refused, not_attempted (never sent) or unknown (sent, but no answer says what became of it); `code` is null
unless it is refused. `info` is what the service says, or what happened, and `meaning` is null for a code that is not
documented. When a list broke off, there is a line like the second without `to`, whose `cursor` says where it goes on.";

/// The columns that say why a target was not done.
pub(crate) const WHY_NOT: &[&str] = &["outcome", "code", "meaning", "info"];

/// What became of a target of a batch, with a column for its `from` where each has one.
pub(crate) fn row<E: Batch<From = UserId, Target = UserId>>(
    item: &BatchItem<E>,
    shows_from: bool,
    show: impl Fn(&E::Outcome) -> Vec<Field>,
) -> Row {
    let from = item.from.as_str();
    let from = if shows_from { Field::new("from", from) } else { Field::hidden("from", from) };
    let start = Row::default().with(Field::hidden("command", E::COMMAND)).with(from);
    let start = start.with(Field::new("to", item.target.as_str()));
    let done = item.outcome.done();
    let row = start.with(Field::new("ok", done.is_some()));
    let not_done =
        |outcome, fields: Vec<Field>| vec![Field::hidden("outcome", outcome)].into_iter().chain(fields).collect();
    row.with_all(match &item.outcome {
        Outcome::Done(answer) => show(answer),
        Outcome::Rejected(rejection) => not_done("refused", rejection_fields(E::SERVICE, rejection)),
        Outcome::NotAttempted { reason: why } => {
            not_done("not_attempted", unanswered("not attempted", why.to_string()))
        }
        Outcome::Unknown { reason: why } => {
            let why = why.as_ref().map_or_else(|| "the answer says nothing about it".to_owned(), ToString::to_string);
            not_done("unknown", unanswered("it may be done or not", why))
        }
        other => not_done("unknown", unanswered("it may be done or not", other.to_string())),
    })
}

/// The fields of a target or an entry without a code.
pub(crate) fn unanswered(meaning: &str, info: String) -> Vec<Field> {
    vec![Field::new("code", ()), Field::new("meaning", meaning), Field::new("info", info)]
}

/// The outcomes, and one for each target that was asked for and that the answer left out.
pub(crate) fn complete<T>(mut outcomes: Vec<TargetOutcome<T>>, asked: Vec<UserId>) -> Vec<TargetOutcome<T>> {
    for target in asked {
        if !outcomes.iter().any(|outcome| outcome.target == target) {
            let left_out = Rejection { code: ErrorCode::OK, info: "".into() };
            outcomes.push(TargetOutcome { target, result: Err(left_out) });
        }
    }
    outcomes
}

/// Prints a row for each target.
pub(crate) fn print<T>(
    out: &mut Output,
    start: &Row,
    service: &str,
    outcomes: &[TargetOutcome<T>],
    show: impl Fn(&T) -> Vec<Field>,
) -> io::Result<()> {
    outcomes.iter().try_for_each(|TargetOutcome { target, result }| {
        let row = start.clone().with(Field::new("to", target.as_str())).with(Field::new("ok", result.is_ok()));
        out.row(row.with_all(result.as_ref().map_or_else(|rejection| code_fields(service, rejection), &show)))
    })
}

/// The fields of a call that failed as a whole.
pub(crate) fn failed(service: &str, error: &Error) -> Vec<Field> {
    match error.kind() {
        ErrorKind::Api { code, info, .. } => {
            rejection_fields(service, &Rejection { code: *code, info: info.as_str().into() })
        }
        _ => unanswered("no response: outcome unknown", error.to_string()),
    }
}

/// The service may report failure without a code.
fn rejection_fields(service: &str, rejection: &Rejection) -> Vec<Field> {
    match rejection.code {
        ErrorCode::OK => unanswered("failed without a code", rejection.info.to_string()),
        _ => code_fields(service, rejection),
    }
}

fn code_fields(service: &str, Rejection { code, info }: &Rejection) -> Vec<Field> {
    let meaning = match *code {
        ErrorCode::OK => Some("the answer says nothing about it"),
        code => code.meaning(service),
    };
    let shown_info = if info.is_empty() { Field::hidden("info", "") } else { Field::new("info", &**info) };
    vec![Field::new("code", code.0), Field::new("meaning", meaning), shown_info]
}

/// Following and unfollowing say nothing but that it is done.
pub(crate) fn nothing((): &()) -> Vec<Field> {
    Vec::new()
}

pub(crate) fn relation(relation: &Relation) -> Vec<Field> {
    vec![Field::new("relation", relation.to_string()), Field::hidden("follow_type", relation.0)]
}

pub(crate) fn counts(counts: &Counters) -> Vec<Field> {
    vec![
        Field::new("followers", counts.followers),
        Field::new("following", counts.following),
        Field::new("mutual", counts.mutual),
    ]
}

/// What the word means depends on `mode`, so who has whom is said as well.
pub(crate) fn friendship(mode: friend::CheckMode) -> impl Fn(&friend::Relation) -> Vec<Field> {
    move |relation| {
        let word = relation.as_str();
        let short = word.strip_prefix("CheckResult_Type_").unwrap_or(word);
        vec![
            Field::shown_as("relation", word, short),
            Field::new("from_has_to", relation.from_has_target()),
            Field::new("to_has_from", relation.target_has_from(&mode)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_the_answer_leaves_out_is_not_lost() {
        let answer = vec![TargetOutcome { target: "bob".into(), result: Ok(()) }];
        let outcomes = complete(answer, vec!["bob".into(), "carol".into()]);
        assert_eq!(outcomes.len(), 2);
        assert_eq!(outcomes[1].target, "carol");
        assert_eq!(
            code_fields("follow", outcomes[1].result.as_ref().unwrap_err())[1],
            Field::new("meaning", "the answer says nothing about it")
        );
    }
}
