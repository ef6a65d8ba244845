use super::*;

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn redis(script: &str) -> RedisModel {
    let mut redis = RedisModel::new(script).unwrap();
    redis.set_time(5_000_007);
    redis
}

fn run(script: &str) -> Result<Reply, String> {
    redis(script).call(&words("EVALSHA hash 1 key argument"))
}

#[test]
fn a_script_has_keys_arguments_and_the_time() {
    assert_eq!(run("return KEYS[1] .. ARGV[1]"), Ok(Reply::text("keyargument")));
    assert_eq!(run("local t = redis.call('TIME') return t[1] * 1000000 + t[2]"), Ok(Reply::Integer(5_000_007)));
}

#[test]
fn values_are_converted_as_redis_does() {
    assert_eq!(run("return 3.9"), Ok(Reply::Integer(3)), "without the fraction");
    assert_eq!(run("return false"), Ok(Reply::Nil));
    assert_eq!(run("return redis.call('HGET', 'none', 'x') == false"), Ok(Reply::Integer(1)));
    let large = "redis.call('ZADD', KEYS[1], 1700000000123456, 'm') return redis.call('ZSCORE', KEYS[1], 'm')";
    assert_eq!(run(large), Ok(Reply::text("1700000000123456")), "a number keeps its digits");
}

#[test]
fn errors_end_a_script() {
    for script in
        ["return unknown", "x = 1", "return redis.call('GET', 'x')", "return redis.call('ZCOUNT', 'x', 'a', 1)"]
    {
        assert!(run(script).is_err(), "{script}");
    }
}

#[test]
fn keys_expire() {
    let mut redis = redis("return 0");
    redis.call(&words("ZADD set 1 a")).unwrap();
    assert_eq!(redis.call(&words("PEXPIRE set 10")), Ok(Reply::Integer(1)));
    redis.set_time(5_009_999);
    assert_eq!(redis.with_members("set", <[_]>::len), 1);
    redis.set_time(5_015_000);
    assert_eq!(redis.with_members("set", <[_]>::len), 0);
}

#[test]
fn a_restart_forgets_the_script() {
    let mut redis = redis("return 0");
    redis.restart();
    assert!(redis.call(&words("EVALSHA hash 0")).unwrap_err().starts_with("NOSCRIPT"));
    redis.load_script();
    assert_eq!(redis.call(&words("EVALSHA hash 0")), Ok(Reply::Integer(0)));
}

/// Acquires a slot at this second. The limit is 10 in a window of a second.
fn acquire(redis: &mut RedisModel, second: u64, id: &str, throttled: u8) -> Result<Reply, String> {
    acquire_of(10, redis, second, id, throttled)
}

fn acquire_of(limit: u32, redis: &mut RedisModel, second: u64, id: &str, throttled: u8) -> Result<Reply, String> {
    redis.set_time(1_700_000_000_000_000 + second * 1_000_000);
    let numbers = format!("{limit} 1000000 {throttled} 60000 1000000 5000000 20 5 20");
    redis.call(&words(&format!("EVALSHA hash 2 calls facts {id} {numbers}")))
}

/// 75 calls are spread by two, with delays in whole microseconds. 37 pairs end before the window
/// does.
#[test]
fn a_new_call_is_a_window_behind_the_calls_that_fill_one() {
    let mut redis = RedisModel::new(SCRIPT).unwrap();
    redis.call(&words("HSET facts start 0")).unwrap();
    let delays: Vec<_> = (0..76).map(|id| acquire_of(75, &mut redis, 1, &id.to_string(), 0).unwrap()).collect();
    assert_eq!(delays[74], Reply::Integer(986_678));
    assert_eq!(delays[75], Reply::Integer(1_000_000));
}

/// Seed 3757 of the simulation.
#[test]
fn a_clock_that_is_set_back_after_throttling_does_not_lower_the_pace_further() {
    let mut redis = RedisModel::new(SCRIPT).unwrap();
    acquire(&mut redis, 100, "first", 0).unwrap();
    acquire(&mut redis, 160, "throttled", 1).unwrap();
    redis.call(&words("ZREM calls throttled")).unwrap();
    assert_eq!(redis.call(&words("HGET facts cut_pace")), Ok(Reply::text("9")));
    redis.call(&words("HSET facts start 0")).unwrap();
    assert_eq!(acquire(&mut redis, 105, "a", 0), Ok(Reply::Integer(0)));
    assert_eq!(acquire(&mut redis, 105, "b", 0), Ok(Reply::Integer(111_111)), "nine calls in a window");
    assert_eq!(acquire(&mut redis, 107, "c", 0), Ok(Reply::Integer(0)));
    assert_eq!(acquire(&mut redis, 107, "d", 0), Ok(Reply::Integer(100_000)), "the limit is restored");
}

/// Seed 14483 of the simulation: a message arrives after its retry was granted, and the call has
/// been sent.
#[test]
fn a_late_message_does_not_move_the_slot_of_a_call_that_was_sent() {
    let mut redis = RedisModel::new(SCRIPT).unwrap();
    redis.call(&words("HSET facts start 0")).unwrap();
    let counted = |redis: &RedisModel| {
        redis.with_members("calls", |calls| calls.iter().filter(|(at, _)| *at <= 1.7e15 + 1e6).count())
    };
    assert_eq!(acquire(&mut redis, 1, "a", 0), Ok(Reply::Integer(0)));
    // Nine other calls have slots that are due, and one of them is late.
    for number in 0..10 {
        redis.call(&words(&format!("ZADD calls {} other-{number}", 1_700_000_000_500_000_u64 + number))).unwrap();
    }
    assert_eq!(counted(&redis), 11);
    acquire(&mut redis, 1, "a", 0).unwrap();
    assert_eq!(counted(&redis), 11);
}

#[test]
fn a_call_whose_response_was_lost_keeps_its_position_and_its_slot() {
    let mut redis = RedisModel::new(SCRIPT).unwrap();
    redis.call(&words("HSET facts start 0")).unwrap();
    assert_eq!(acquire(&mut redis, 1, "a", 0), Ok(Reply::Integer(0)));
    assert_eq!(acquire(&mut redis, 1, "b", 0), Ok(Reply::Integer(100_000)), "a tenth of the window later");
    assert_eq!(acquire(&mut redis, 1, "a", 0), Ok(Reply::Integer(0)), "before the waiter that came later");
    let calls = redis.with_members("calls", |calls| calls.len());
    assert_eq!(calls, 3, "both grants count");
}
