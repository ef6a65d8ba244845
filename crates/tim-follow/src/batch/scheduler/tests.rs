use tim_types::PairTemplate;
use tim_types::follow::Check;

use super::*;
use crate::Limits;

const MS: Duration = Duration::from_millis(1);

#[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
fn start() -> Instant {
    Instant::now()
}

type Pairs = Scheduler<PairTemplate<Check>>;

fn scheduler() -> Pairs {
    let options = CallOptions { limits: Limits::default(), validates: true };
    Scheduler::new(Check::pairs(), 2, options)
}

fn push(scheduler: &mut Pairs, target: &str) {
    scheduler.push(("alice", target).into());
}

/// The next step while the input has no target: the targets of a call, or how long to wait; `Err`
/// if there is nothing to wait for.
fn step(scheduler: &mut Pairs, start: Instant, at: u32) -> Result<Vec<u64>, Option<Duration>> {
    match scheduler.next_action(start + at * MS, true) {
        BatchAction::Call((_, numbers), _) => Ok(numbers),
        BatchAction::Wait(until) => Err(Some(until - start)),
        BatchAction::Idle => Err(None),
    }
}

#[test]
fn a_call_that_is_not_full_waits_50_ms_for_further_targets() {
    let (mut scheduler, start) = (scheduler(), start());
    assert_eq!(step(&mut scheduler, start, 0), Err(None));
    push(&mut scheduler, "a");
    assert_eq!(step(&mut scheduler, start, 10), Err(Some(60 * MS)));
    push(&mut scheduler, "b");
    assert_eq!(step(&mut scheduler, start, 59), Err(Some(60 * MS)), "the time of the first target counts");
    assert_eq!(step(&mut scheduler, start, 60), Ok(vec![0, 1]));
    assert_eq!(step(&mut scheduler, start, 61), Err(None));
    push(&mut scheduler, "c");
    assert_eq!(step(&mut scheduler, start, 100), Err(Some(150 * MS)), "the next call waits too");
}
