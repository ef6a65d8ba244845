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
