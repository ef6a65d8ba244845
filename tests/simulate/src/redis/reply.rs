//! Responses of Redis, and their conversion to and from values of Lua.

use mlua::{Error, IntoLua as _, Lua, Result, Value};

/// A response of Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// The value does not exist.
    Nil,
    /// A number.
    Integer(i64),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Reply>),
}

impl Reply {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What `redis.call` returns in a script.
    pub(super) fn into_lua(self, lua: &Lua) -> Result<Value> {
        match self {
            Self::Nil => Ok(Value::Boolean(false)),
            Self::Integer(number) => Ok(Value::Number(number as f64)),
            Self::Text(text) => text.into_lua(lua),
            Self::List(list) => {
                let list = list.into_iter().map(|reply| reply.into_lua(lua)).collect::<Result<Vec<_>>>()?;
                list.into_lua(lua)
            }
        }
    }

    /// The response for what a script returns.
    pub(super) fn from_lua(value: Value) -> Result<Self> {
        Ok(match value {
            Value::Nil | Value::Boolean(false) => Self::Nil,
            Value::Boolean(true) => Self::Integer(1),
            Value::Integer(number) => Self::Integer(number),
            // Without its fraction.
            Value::Number(number) => Self::Integer(number as i64),
            Value::String(text) => Self::text(text.to_str()?.to_owned()),
            other => return Err(Error::runtime(format!("a script returned a {}", other.type_name()))),
        })
    }
}

/// An argument of `redis.call`.
pub(super) fn word(value: &Value) -> Result<String> {
    Ok(match value {
        Value::String(text) => text.to_str()?.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Number(value) => number(*value),
        _ => return Err(Error::runtime("Lua redis lib command arguments must be strings or integers")),
    })
}

/// The text of a number, as `%.17g` writes it for the integers that a script can calculate.
/// Fractions have fewer digits here; the script contains none.
pub(super) fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        _ => value.to_string(),
    }
}
