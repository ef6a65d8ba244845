use super::*;

const NOW: Duration = Duration::from_secs(100);

fn list(faults: impl IntoIterator<Item = Fault>) -> FaultList {
    let mut list = FaultList::new(7);
    for fault in faults {
        list.add(fault, NOW).unwrap();
    }
    list
}

fn hit(list: &mut FaultList, command: &str, user: &str) -> bool {
    list.plan(command, Some(user), NOW) != Plan::default()
}

#[test]
fn the_next_calls_are_hit_and_no_more() {
    let mut list = list([Fault::code(30006).next(2)]);
    assert_eq!([(); 4].map(|()| hit(&mut list, "follow_add", "bob")), [true, true, false, false]);
    assert_eq!(list.list(NOW), []);
}

#[test]
fn each_second_call_is_hit() {
    let mut list = list([Fault::code(30006).user("bob").every(2).next(2)]);
    assert!(!hit(&mut list, "follow_add", "eve"));
    let hits = [(); 7].map(|()| hit(&mut list, "follow_add", "bob"));
    assert_eq!(hits, [false, true, false, true, false, false, false]);
}

#[test]
fn share_selects_among_the_calls_that_every_selects() {
    let run = |fault: Fault| {
        let mut list = list([fault]);
        (0..200).map(|_| hit(&mut list, "follow_add", "bob")).collect::<Vec<_>>()
    };
    let (both, share) = (run(Fault::code(1).every(2).share(0.5)), run(Fault::code(1).share(0.5)));
    assert!(both.iter().step_by(2).all(|hit| !hit));
    // The random choices are the same, but only one call in two takes one.
    assert_eq!(both.into_iter().skip(1).step_by(2).collect::<Vec<_>>(), share[..100]);
}

#[test]
fn each_second_target_is_hit() {
    let mut list = list([Fault::item_code(1).every(2)]);
    let hits = ["a", "b", "c", "d"].map(|target| list.item("follow_add", None, target, NOW).is_some());
    assert_eq!(hits, [false, true, false, true]);
}

#[test]
fn calls_of_others_are_neither_hit_nor_counted() {
    let mut list = list([Fault::status(502).command("follow_add").user("bob").next(1)]);
    assert!(!hit(&mut list, "follow_get", "bob") && !hit(&mut list, "follow_add", "eve"));
    assert_eq!(list.plan("follow_add", None, NOW), Plan::default());
    assert!(hit(&mut list, "follow_add", "bob"));
}

#[test]
fn chance_repeats_with_the_seed_and_comes_near_the_share() {
    let run = |seed| {
        let mut list = FaultList::new(seed);
        list.add(Fault::code(30006).share(0.25), NOW).unwrap();
        (0..1000).map(|_| hit(&mut list, "follow_add", "bob")).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let hits = run(1).into_iter().filter(|hit| *hit).count();
    assert!((200..300).contains(&hits), "{hits}");
}

#[test]
fn clearing_makes_a_run_repeat() {
    let mut list = FaultList::new(1);
    let mut run = || {
        list.add(Fault::code(30006).share(0.5), NOW).unwrap();
        let hits: Vec<bool> = (0..50).map(|_| hit(&mut list, "follow_add", "bob")).collect();
        list.clear(NOW);
        hits
    };
    assert_eq!(run(), run());
}

#[test]
fn another_fault_does_not_change_what_one_hits() {
    let share = || Fault::truncate(1).share(0.5);
    let hits = |list: &mut FaultList| -> Vec<bool> {
        (0..50).map(|_| list.plan("follow_add", None, NOW).body_fault.is_some()).collect()
    };
    assert_eq!(hits(&mut list([share()])), hits(&mut list([share(), Fault::latency(NOW).share(0.5)])));
}

#[test]
fn latencies_add_up_and_stay_within_their_jitter() {
    let ms = Duration::from_millis;
    let jittered = Fault::latency(ms(10)).jitter(ms(5));
    let mut list = list([Fault::latency(ms(100)), jittered, Fault::latency(ms(7)).applied()]);
    let waits: Vec<_> = (0..100).map(|_| list.plan("follow_add", None, NOW).before).collect();
    assert!(waits.iter().all(|wait| (ms(110)..=ms(115)).contains(wait)), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait != waits[0]));
    assert_eq!(list.plan("follow_add", None, NOW).after, ms(7));
}

#[test]
fn the_first_response_counts_and_the_others_wait() {
    let mut list = list([Fault::hang_up().next(1), Fault::code(30007).applied(), Fault::content_type("x/y")]);
    let plan = list.plan("follow_add", None, NOW);
    assert_eq!(plan.response_override, Some(ResponseOverride { applied: false, what: Replacement::HangUp }));
    assert_eq!((plan.body_fault, plan.faults), (Some(BodyFault::ContentType("x/y".to_owned())), vec![1, 3]));
    let plan = list.plan("follow_add", None, NOW);
    assert!(matches!(
        plan.response_override,
        Some(ResponseOverride { applied: true, what: Replacement::Code(ErrorCode(30007), _) })
    ));
    assert_eq!(list.list(NOW).iter().map(|fault| (fault.id, fault.hits)).collect::<Vec<_>>(), [(2, 1), (3, 2)]);
}

#[test]
fn items_are_hit_one_by_one() {
    let mut list = list([Fault::item_code(30006).user("bob").target("eve").next(1).info("no")]);
    assert_eq!(list.plan("follow_add", Some("bob"), NOW), Plan::default());
    assert_eq!(list.item("follow_add", Some("bob"), "dan", NOW), None);
    assert_eq!(list.item("follow_add", Some("ann"), "eve", NOW), None);
    assert_eq!(list.item("follow_add", Some("bob"), "eve", NOW), Some((1, ErrorCode(30006), "no".to_owned())));
    assert_eq!(list.item("follow_add", Some("bob"), "eve", NOW), None);
}

#[test]
fn a_fault_ends_when_its_time_is_over() {
    let mut list = list([Fault::code(1).lasting(Duration::from_secs(10))]);
    let mut hit = |second| list.plan("follow_add", None, NOW + Duration::from_secs(second)) != Plan::default();
    assert_eq!([0, 9, 10, 11].map(&mut hit), [true, true, false, false]);
}

#[test]
fn one_can_be_removed_and_too_many_are_rejected() {
    let mut list = list([Fault::code(1), Fault::code(2)]);
    assert!(list.remove(1, NOW) && !list.remove(1, NOW));
    for _ in 0..FaultList::MAX - 1 {
        list.add(Fault::hang_up(), NOW).unwrap();
    }
    assert!(list.add(Fault::hang_up(), NOW).unwrap_err().to_string().contains("clear"));
    list.clear(NOW);
    assert_eq!(list.list(NOW), []);
    assert_eq!(list.add(Fault::hang_up(), NOW).unwrap(), 1002, "the numbers continue");
}

#[test]
fn a_fault_that_has_ended_says_why() {
    let mut list = list([Fault::code(1).next(1), Fault::latency(NOW).lasting(NOW), Fault::code(2), Fault::truncate(1)]);
    assert!(hit(&mut list, "follow_add", "bob"));
    assert!(list.remove(3, NOW));
    let later = NOW + NOW;
    let mut json = |id| serde_json::to_string(&list.get(id, later)).unwrap();
    assert_eq!(json(1), r#"{"id":1,"code":1,"next":1,"hits":1,"active":false,"ended":"used_up"}"#);
    assert!(json(2).ends_with(r#""active":false,"ended":"expired"}"#), "{}", json(2));
    assert!(json(3).ends_with(r#""active":false,"ended":"removed"}"#), "{}", json(3));
    assert_eq!(json(4), r#"{"id":4,"truncate":1,"hits":1,"active":true}"#);
    assert_eq!(json(5), "null");
    assert_eq!(list.list_with_ended(later).iter().map(FaultStatus::id).collect::<Vec<_>>(), [1, 2, 3, 4]);
    list.clear(later);
    assert!(serde_json::to_string(&list.get(4, later)).unwrap().contains("removed"));
}
