//! Planted faults, with which tests check that the simulation finds such faults.

use serde_json::{Value, json};

/// A fault that a run must report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// The service leaves out the last target of a call, and reports that it was done.
    ForgetsItem,
    /// The response of the service has the first item twice.
    DuplicatesItem,
    /// The first item in a response of the service is about another user.
    NamesOtherUser,
    /// Two items in a response of the service have each other's users.
    SwapsUsers,
    /// The rate limiters admit a tenth more calls, at least one.
    FastLimiter,
    /// The service follows one more user than it was asked to.
    DoesMore,
    /// A program with a journal does not cut its output when it resumes.
    KeepsRows,
    /// A program with a journal does not sync its output.
    ForgetsSync,
}

impl Defect {
    /// Changes a request before the service processes it.
    pub(crate) fn request(self, body: &[u8], targets: &str) -> Option<Vec<u8>> {
        let mut request: Value = serde_json::from_slice(body).ok()?;
        let list = request[targets].as_array_mut()?;
        match self {
            Self::ForgetsItem if list.len() > 1 => drop(list.pop()),
            Self::DoesMore if list.len() < 20 => {
                let extra = "user-1";
                let is_text = list.first()?.is_string();
                list.push(if is_text { json!(extra) } else { json!({ "To_Account": extra }) });
            }
            _ => return None,
        }
        Some(request.to_string().into())
    }

    /// Changes a response of the service.
    pub(crate) fn response(self, response: &mut Value, items: &str, last: &str) -> Option<()> {
        let list = response[items].as_array_mut()?;
        match self {
            Self::ForgetsItem => {
                if list.iter().all(|item| item["To_Account"] != last) {
                    list.push(json!({ "To_Account": last, "ResultCode": 0, "ResultInfo": "" }));
                }
            }
            Self::DoesMore => {
                list.truncate(list.iter().position(|item| item["To_Account"] == last)? + 1);
            }
            Self::DuplicatesItem => list.push(list.first()?.clone()),
            Self::NamesOtherUser => list.first_mut()?["To_Account"] = json!("user-39"),
            Self::SwapsUsers if list.len() > 1 => {
                let (one, other) = (list[0]["To_Account"].take(), list[1]["To_Account"].take());
                list[0]["To_Account"] = other;
                list[1]["To_Account"] = one;
            }
            Self::SwapsUsers | Self::FastLimiter | Self::KeepsRows | Self::ForgetsSync => {}
        }
        Some(())
    }
}
