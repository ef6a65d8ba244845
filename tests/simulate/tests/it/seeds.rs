//! Runs without planted faults.

use tim_simulate::{Plan, Simulator};

#[test]
fn a_thousand_seeds_break_no_invariant() {
    let mut simulator = Simulator::new(None).unwrap();
    for seed in 0..1000 {
        let report = simulator.run(&Plan::random(seed), false).unwrap();
        assert_eq!(report.violation, None, "cargo xtask simulate --seed {seed}");
    }
}

/// The calls of a process wait longer than its deadline, so its runs can stop without progress.
#[test]
fn a_process_without_time_for_its_calls_need_not_finish() {
    let report = Simulator::new(None).unwrap().run(&Plan::random(30692), false).unwrap();
    assert_eq!(report.violation, None);
}

/// A retry would have to wait for the time by which the clock was set back.
#[test]
fn a_target_keeps_its_last_item_when_the_clock_of_redis_is_set_back() {
    let report = Simulator::new(None).unwrap().run(&Plan::random(36462), false).unwrap();
    assert_eq!(report.violation, None);
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let (mut one, mut other) = (Simulator::new(None).unwrap(), Simulator::new(None).unwrap());
    // A simulator is not in the state of a new one any more.
    one.run(&Plan::random(7777), false).unwrap();
    for seed in 0..30 {
        let run = |simulator: &mut Simulator| simulator.run(&Plan::random(seed), true).unwrap();
        assert_eq!(run(&mut one), run(&mut other), "seed {seed}");
    }
}
