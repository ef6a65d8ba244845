//! The keys of Redis and the commands on them.

use std::collections::{BTreeMap, HashMap};

use super::reply::{Reply, number};

type Result<T = Reply> = std::result::Result<T, String>;

#[derive(Debug, Default)]
pub(super) struct Store {
    /// The clock, in microseconds since 1970.
    now: u64,
    keys: HashMap<String, Key>,
}

#[derive(Debug)]
struct Key {
    value: Value,
    /// When the key is removed, in milliseconds since 1970.
    expires: Option<u64>,
}

#[derive(Debug)]
enum Value {
    Hash(BTreeMap<String, String>),
    /// In order of score and member.
    Set(Vec<(f64, String)>),
}

impl Store {
    pub(super) fn set_time(&mut self, micros: u64) {
        self.now = micros;
        self.keys.retain(|_, key| key.expires.is_none_or(|at| micros / 1000 < at));
    }

    pub(super) fn members(&self, key: &str) -> &[(f64, String)] {
        self.set(key).unwrap_or_default()
    }

    pub(super) fn call(&mut self, words: &[String]) -> Result {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let integer = |count: usize| Ok(Reply::Integer(count as i64));
        match words[..] {
            ["TIME"] => {
                let parts = [self.now / 1_000_000, self.now % 1_000_000];
                Ok(Reply::List(parts.iter().map(|part| Reply::text(part.to_string())).collect()))
            }
            ["PING"] => Ok(Reply::text("PONG")),
            ["HGET", key, field] => {
                let hash = self.hash(key)?;
                Ok(hash.and_then(|hash| hash.get(field)).map_or(Reply::Nil, Reply::text))
            }
            ["HGETALL", key] => {
                let pairs = self.hash(key)?.into_iter().flatten().flat_map(|(field, value)| [field, value]);
                Ok(Reply::List(pairs.map(Reply::text).collect()))
            }
            ["HSET", key, ref pairs @ ..] if !pairs.is_empty() && pairs.len() % 2 == 0 => {
                let Value::Hash(hash) = self.or_insert(key, Value::Hash(BTreeMap::new())) else { return wrong_type() };
                let mut is_new = |pair: &[&str]| hash.insert(pair[0].to_owned(), pair[1].to_owned()).is_none();
                integer(pairs.chunks(2).map(&mut is_new).filter(|is_new| *is_new).count())
            }
            ["ZADD", key, score, member] => {
                let score = float(score)?;
                let Value::Set(set) = self.or_insert(key, Value::Set(Vec::new())) else { return wrong_type() };
                let is_new = remove(set, member).is_none();
                let before = |(other, name): &(f64, String)| (*other, name.as_str()) < (score, member);
                set.insert(set.partition_point(before), (score, member.to_owned()));
                integer(usize::from(is_new))
            }
            ["ZREM", key, member] => self.change(key, |set| usize::from(remove(set, member).is_some())),
            ["ZREMRANGEBYSCORE", key, min, max] => {
                let is_in = range(min, max)?;
                self.change(key, |set| {
                    let before = set.len();
                    set.retain(|(score, _)| !is_in(*score));
                    before - set.len()
                })
            }
            ["ZSCORE", key, member] => {
                let found = self.set(key)?.iter().find(|(_, name)| name == member);
                Ok(found.map_or(Reply::Nil, |(score, _)| Reply::text(number(*score))))
            }
            ["ZCOUNT", key, min, max] => {
                let is_in = range(min, max)?;
                integer(self.set(key)?.iter().filter(|(score, _)| is_in(*score)).count())
            }
            ["ZRANGE", key, start, stop, "WITHSCORES"] => members(self.set(key)?.iter(), start, stop),
            ["ZREVRANGE", key, start, stop, "WITHSCORES"] => members(self.set(key)?.iter().rev(), start, stop),
            ["PEXPIRE", key, time] => {
                let expires = (self.now / 1000).checked_add_signed(integer_of(time)?);
                let key = self.keys.get_mut(key);
                integer(usize::from(key.is_some_and(|key| {
                    key.expires = expires;
                    true
                })))
            }
            _ => Err(format!("ERR unknown command or wrong number of arguments: {}", words.join(" "))),
        }
    }

    fn or_insert(&mut self, key: &str, empty: Value) -> &mut Value {
        &mut self.keys.entry(key.to_owned()).or_insert(Key { value: empty, expires: None }).value
    }

    fn hash(&self, key: &str) -> Result<Option<&BTreeMap<String, String>>> {
        match self.keys.get(key).map(|key| &key.value) {
            None => Ok(None),
            Some(Value::Hash(hash)) => Ok(Some(hash)),
            Some(Value::Set(_)) => wrong_type(),
        }
    }

    fn set(&self, key: &str) -> Result<&[(f64, String)]> {
        match self.keys.get(key).map(|key| &key.value) {
            None => Ok(&[]),
            Some(Value::Set(set)) => Ok(set),
            Some(Value::Hash(_)) => wrong_type(),
        }
    }

    /// Removes members of a set. A set without members does not exist.
    fn change(&mut self, name: &str, remove: impl FnOnce(&mut Vec<(f64, String)>) -> usize) -> Result {
        let Some(key) = self.keys.get_mut(name) else { return Ok(Reply::Integer(0)) };
        let Value::Set(set) = &mut key.value else { return wrong_type() };
        let count = remove(set);
        if set.is_empty() {
            self.keys.remove(name);
        }
        Ok(Reply::Integer(count as i64))
    }
}

fn wrong_type<T>() -> Result<T> {
    Err("WRONGTYPE Operation against a key holding the wrong kind of value".to_owned())
}

fn remove(set: &mut Vec<(f64, String)>, member: &str) -> Option<(f64, String)> {
    let at = set.iter().position(|(_, name)| name == member)?;
    Some(set.remove(at))
}

fn float(text: &str) -> Result<f64> {
    let number = text.parse::<f64>().ok().filter(|number| !number.is_nan());
    number.ok_or_else(|| "ERR value is not a valid float".to_owned())
}

fn integer_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| "ERR value is not an integer or out of range".to_owned())
}

/// Whether a score is in a range. `(5` excludes 5.
fn range(min: &str, max: &str) -> Result<impl Fn(f64) -> bool> {
    let bound = |text: &str| -> Result<(f64, bool)> {
        let (text, is_open) = text.strip_prefix('(').map_or((text, false), |rest| (rest, true));
        Ok((float(text).map_err(|_| "ERR min or max is not a float")?, is_open))
    };
    let ((min, above), (max, below)) = (bound(min)?, bound(max)?);
    Ok(move |score| {
        (if above { score > min } else { score >= min }) && (if below { score < max } else { score <= max })
    })
}

/// The members at these positions with their scores. Negative positions count from the end.
fn members<'a>(set: impl ExactSizeIterator<Item = &'a (f64, String)>, start: &str, stop: &str) -> Result {
    let length = set.len() as i64;
    let place = |text: &str| integer_of(text).map(|place| if place < 0 { place.saturating_add(length) } else { place });
    let (start, stop) = (place(start)?.max(0), place(stop)?);
    let count = stop.saturating_sub(start).saturating_add(1).max(0);
    let pairs = set.skip(start as usize).take(count as usize);
    Ok(Reply::List(pairs.flat_map(|(score, name)| [Reply::text(name), Reply::text(number(*score))]).collect()))
}
