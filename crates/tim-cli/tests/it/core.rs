//! The core of a run without IO: whatever kills it, the output has each target once and in order.

use tim_cli::core::{Advance, Checkpoint, Core, Counted, ExitStatus, Halt, InputState, Page, Step};

const TARGETS: u64 = 500;

/// Numbers that look random, always the same.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn step(target: u64, random: &mut Random) -> Step<u64> {
    let halt = (random.below(80) == 0).then(|| Halt {
        reason: "no connection".to_owned(),
        status: ExitStatus::NoResponse,
        always: random.below(2) == 0,
    });
    let counted = match random.below(4) {
        0 => Counted::Rejected { code: 30003, why: String::new() },
        _ => Counted::Done,
    };
    let position = serde_json::from_value(serde_json::json!({ "offset": target + 1, "line": target + 1, "bad": 0 }));
    let state = InputState { position: position.unwrap(), ..InputState::default() };
    Step { rows: vec![target], counted: vec![counted], halt, ..Step::new(Advance::Records(1, state)) }
}

/// Runs until it ends, stops, or is killed. `output` and `journal` are what is on the disk.
fn run(output: &mut Vec<u64>, journal: &mut Vec<u8>, random: &mut Random) -> bool {
    let run = vec![("the command".to_owned(), "follow_check".to_owned())];
    let mut page: Page<Checkpoint> = Page::decode(journal, &run).unwrap();
    output.truncate(usize::try_from(page.output_bytes).unwrap());
    let mut core = Core::new(page.checkpoint.clone(), true, random.below(5) == 0);
    let mut stopped = false;
    for target in core.checkpoint().processed..TARGETS {
        let step = step(target, random);
        let taken = core.take(&step);
        if taken.write {
            output.extend(step.rows);
        }
        stopped |= taken.stop;
        // Some calls in flight still end.
        if stopped && random.below(3) == 0 {
            break;
        }
        if random.below(10) == 0 {
            page.output_bytes = output.len() as u64;
            page.checkpoint = core.checkpoint().clone();
            *journal = page.encode().unwrap();
        }
        if random.below(100) == 0 {
            return false;
        }
    }
    page.output_bytes = output.len() as u64;
    page.checkpoint = core.checkpoint().clone();
    *journal = page.encode().unwrap();
    page.checkpoint.processed == TARGETS
}

#[test]
fn a_run_that_is_killed_at_any_step_loses_and_repeats_no_target() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let run_of = vec![("the command".to_owned(), "follow_check".to_owned())];
        let (mut output, mut journal) = (Vec::new(), Page::<Checkpoint>::new(run_of).encode().unwrap());
        let mut runs = 1;
        while !run(&mut output, &mut journal, &mut random) {
            runs += 1;
            assert!(runs < 1000, "seed {seed}");
        }
        assert!(output.iter().copied().eq(0..TARGETS), "seed {seed}: {output:?}");
        let checkpoint: serde_json::Value = serde_json::from_slice(&journal).unwrap();
        assert_eq!(checkpoint["checkpoint"]["input"]["line"], TARGETS);
    }
}
