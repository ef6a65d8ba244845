//! Planted faults.

use tim_simulate::{Defect, Plan, Simulator, shrink};

/// The first of a hundred seeds that reports the defect, and the name of the invariant.
fn found(defect: Defect) -> (Simulator, u64, &'static str) {
    let mut simulator = Simulator::new(Some(defect)).unwrap();
    for seed in 0..100 {
        if let Some(violation) = simulator.run(&Plan::random(seed), false).unwrap().violation {
            return (simulator, seed, violation.invariant);
        }
    }
    panic!("no seed reports {defect:?}");
}

fn invariant(defect: Defect) -> &'static str {
    found(defect).2
}

#[test]
fn a_world_that_forgets_an_item_is_reported() {
    assert_eq!(invariant(Defect::ForgetsItem), "done_targets_are_in_the_tables");
}

#[test]
fn a_world_that_duplicates_an_item_is_reported() {
    assert_eq!(invariant(Defect::DuplicatesItem), "the_service_responds_once_for_each_target");
}

#[test]
fn a_world_whose_items_are_about_other_users_is_reported() {
    assert_eq!(invariant(Defect::NamesOtherUser), "the_service_responds_once_for_each_target");
    assert_eq!(invariant(Defect::SwapsUsers), "done_targets_are_in_the_tables");
}

#[test]
fn a_world_that_does_more_than_it_reports_is_reported() {
    assert_eq!(invariant(Defect::DoesMore), "responses_agree_with_the_tables");
}

#[test]
fn a_limiter_that_admits_a_tenth_too_much_is_reported() {
    let mut simulator = Simulator::new(Some(Defect::FastLimiter)).unwrap();
    let mut violations = (0..100).filter_map(|seed| simulator.run(&Plan::random(seed), false).unwrap().violation);
    // Of processes with limits of their own, and of those that share one.
    for invariant in ["new_calls_are_spread", "calls_stay_within_the_limit"] {
        assert!(violations.any(|violation| violation.invariant == invariant), "{invariant}");
    }
}

#[test]
fn a_program_that_does_not_sync_or_cut_its_output_is_reported() {
    assert_eq!(invariant(Defect::ForgetsSync), "journals_claim_what_is_on_the_disk");
    assert_eq!(invariant(Defect::KeepsRows), "outputs_have_the_written_length");
}

#[test]
fn a_violation_shrinks_to_a_plan_with_the_same_violation() {
    let (mut simulator, seed, invariant) = found(Defect::FastLimiter);
    let plan = Plan::random(seed);
    let smallest = shrink(&mut simulator, &plan, invariant).unwrap();
    let violation = simulator.run(&smallest, false).unwrap().violation.unwrap();
    assert_eq!(violation.invariant, invariant);
    assert!(format!("{smallest:?}").len() < format!("{plan:?}").len());
}
