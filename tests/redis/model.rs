//! The model of Redis that the simulation uses, compared with a real `redis-server`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use redis::{Connection, RedisResult, Script};
use tim_simulate::{RedisModel, Reply, SCRIPT};

use crate::server::Redis;

/// The window of the tests, in microseconds.
const WINDOW: u64 = 1_020_000;
const START: u64 = 1_700_000_000_000_000;

/// What happens next, and how much later.
#[derive(Debug, Clone)]
enum Step {
    Acquire {
        id: u8,
        throttled: bool,
    },
    Cancel {
        id: u8,
    },
    Flush,
    /// The clock jumps by this many microseconds.
    Jump(i64),
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        30 => (0..40_u8, proptest::bool::weighted(0.1)).prop_map(|(id, throttled)| Step::Acquire { id, throttled }),
        3 => (0..40_u8).prop_map(|id| Step::Cancel { id }),
        1 => Just(Step::Flush),
        1 => (-30_000_000..5_000_000_i64).prop_map(Step::Jump),
    ];
    let pause = prop_oneof![Just(0), 1..50_000_u64, 50_000..3_000_000_u64];
    proptest::collection::vec((pause, step), 1..80)
}

/// The script, which gets the time as its last two arguments.
fn script() -> String {
    let script = SCRIPT.replace("redis.call('TIME')", "{ ARGV[11], ARGV[12] }");
    assert_ne!(script, SCRIPT);
    script
}

/// Both, with the same keys.
struct Both {
    script: Script,
    model: RedisModel,
    connection: Connection,
}

impl Both {
    fn acquire(
        &mut self,
        limit: u32,
        now: u64,
        id: &str,
        throttled: bool,
    ) -> (RedisResult<i64>, Result<Reply, String>) {
        let numbers = [limit.into(), WINDOW, u64::from(throttled), 86_400_000, 1_000_000, 5_000_000, 20, 5, 20];
        let args: Vec<String> = std::iter::once(id.to_owned())
            .chain(numbers.map(|number| number.to_string()))
            .chain([now / 1_000_000, now % 1_000_000].map(|number| number.to_string()))
            .collect();
        let real = self.script.prepare_invoke().key("calls").key("facts").arg(&args).invoke(&mut self.connection);
        let words = ["EVALSHA", "hash", "2", "calls", "facts"].map(str::to_owned).into_iter().chain(args);
        (real, self.model.call(&words.collect::<Vec<_>>()))
    }

    fn model(&mut self, command: &str) -> Reply {
        self.model.call(&command.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    fn real<T: redis::FromRedisValue>(&mut self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut query = redis::cmd(words.next().unwrap());
        query.arg(words.collect::<Vec<_>>()).query(&mut self.connection).unwrap()
    }

    /// Compares the contents of both keys.
    fn compare(&mut self) {
        let texts = |texts: Vec<String>| Reply::List(texts.into_iter().map(Reply::Text).collect());
        let calls = "ZRANGE calls 0 -1 WITHSCORES";
        assert_eq!(texts(self.real(calls)), self.model(calls));
        let facts: BTreeMap<String, String> = self.real("HGETALL facts");
        let facts = facts.into_iter().flat_map(|(field, value)| [field, value]).collect();
        assert_eq!(texts(facts), self.model("HGETALL facts"));
    }
}

#[test]
fn the_model_runs_the_script_as_redis_does() {
    let redis = Redis::start("model");
    let script = script();
    let (model, connection) = (RedisModel::new(&script).unwrap(), redis.connect());
    let both = RefCell::new(Both { script: Script::new(&script), model, connection });
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) };
    proptest!(config, |(limit in prop_oneof![1..12_u32, 40..201_u32], steps in steps())| {
        let mut both = both.borrow_mut();
        both.model.clear();
        both.real::<()>("FLUSHALL");
        let mut now = START;
        for (pause, step) in steps {
            now += pause;
            both.model.set_time(now);
            match step {
                Step::Acquire { id, throttled } => {
                    let (real, model) = both.acquire(limit, now, &format!("id-{id}"), throttled);
                    prop_assert_eq!(real.map(Reply::Integer).map_err(drop), model.map_err(drop));
                }
                Step::Cancel { id } => {
                    let command = format!("ZREM calls id-{id}");
                    prop_assert_eq!(Reply::Integer(both.real(&command)), both.model(&command));
                }
                Step::Flush => {
                    both.model.clear();
                    both.real::<()>("FLUSHALL");
                }
                Step::Jump(by) => now = now.saturating_add_signed(by),
            }
            both.compare();
        }
    });
}
