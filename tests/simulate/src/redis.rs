//! A model of Redis: the commands that the script of the rate limiter uses, and the script itself,
//! which runs in a Lua interpreter. A test compares it with a real `redis-server`.

mod reply;
mod store;

use std::sync::{Arc, Mutex, PoisonError};

use mlua::{Function, Lua, LuaOptions, StdLib, Table, Value, Variadic};

use crate::lock::locked;
pub use reply::Reply;
use store::Store;

/// The script of the rate limiter.
pub const SCRIPT: &str = include_str!("../../../crates/tim-follow/src/rate_limit/redis/acquire.lua");

/// Redis rejects scripts that use other global variables.
const NO_OTHER_GLOBALS: &str = "
setmetatable(_G, { __index = function(_, name)
    error('Script attempted to access nonexistent global variable ' .. tostring(name))
end, __newindex = function()
    error('Attempt to modify a readonly table')
end })";

/// A Redis with one script, whose clock is set by the caller.
#[derive(Debug)]
pub struct RedisModel {
    /// Holds the state in which the script runs.
    _lua: Lua,
    script: Function,
    keys: Table,
    args: Table,
    store: Arc<Mutex<Store>>,
    is_loaded: bool,
}

impl RedisModel {
    /// An empty Redis that knows this script.
    ///
    /// # Errors
    /// The script cannot be compiled.
    pub fn new(script: &str) -> Result<Self, String> {
        Self::create(script).map_err(|error| error.to_string())
    }

    fn create(script: &str) -> mlua::Result<Self> {
        let lua = Lua::new_with(StdLib::MATH | StdLib::STRING | StdLib::TABLE, LuaOptions::default())?;
        let (store, keys, args) = (Arc::new(Mutex::new(Store::default())), lua.create_table()?, lua.create_table()?);
        let (inner, redis) = (Arc::clone(&store), lua.create_table()?);
        let call = lua.create_function(move |lua, words: Variadic<Value>| {
            let words = words.iter().map(reply::word).collect::<mlua::Result<Vec<String>>>()?;
            let reply = locked(&inner).call(&words).map_err(mlua::Error::runtime)?;
            reply.into_lua(lua)
        })?;
        redis.raw_set("call", call)?;
        let globals = lua.globals();
        globals.raw_set("redis", redis)?;
        globals.raw_set("KEYS", &keys)?;
        globals.raw_set("ARGV", &args)?;
        lua.load(NO_OTHER_GLOBALS).exec()?;
        let script = lua.load(script).set_name("@acquire.lua").into_function()?;
        Ok(Self { _lua: lua, script, keys, args, store, is_loaded: true })
    }

    /// Sets the clock, in microseconds since 1970.
    pub fn set_time(&mut self, micros: u64) {
        locked(&self.store).set_time(micros);
    }

    /// Loads the script, as `SCRIPT LOAD` does.
    pub(crate) fn load_script(&mut self) {
        self.is_loaded = true;
    }

    /// Forgets the script, as after a restart.
    pub(crate) fn restart(&mut self) {
        self.is_loaded = false;
    }

    /// Removes all keys.
    pub fn clear(&mut self) {
        // A panic in the middle of a run poisons the lock.
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = Store::default();
    }

    /// Runs a command. The hash of `EVALSHA` is not compared: there is one script.
    ///
    /// # Errors
    /// The text of the error response.
    pub fn call(&mut self, words: &[String]) -> Result<Reply, String> {
        match words {
            [name, _, count, rest @ ..] if name == "EVALSHA" => {
                let count = count.parse().ok().filter(|count| *count <= rest.len());
                let count = count.ok_or("ERR Number of keys can't be greater than number of args")?;
                if !self.is_loaded {
                    return Err("NOSCRIPT No matching script. Please use EVAL.".to_owned());
                }
                let (keys, args) = rest.split_at(count);
                self.run(keys, args).map_err(|error| format!("ERR {error}"))
            }
            _ => locked(&self.store).call(words),
        }
    }

    fn run(&self, keys: &[String], args: &[String]) -> mlua::Result<Reply> {
        for (table, words) in [(&self.keys, keys), (&self.args, args)] {
            table.clear()?;
            words.iter().try_for_each(|word| table.raw_push(word.as_str()))?;
        }
        Reply::from_lua(self.script.call(())?)
    }

    /// Passes the members of a sorted set with their scores, in order.
    pub(crate) fn with_members<T>(&self, key: &str, read: impl FnOnce(&[(f64, String)]) -> T) -> T {
        read(locked(&self.store).members(key))
    }
}

#[cfg(test)]
mod tests;
