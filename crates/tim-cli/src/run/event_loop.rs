//! The loop of a run without IO and without a clock: what follows from each event.

use super::core::{Checkpoint, Core, Step};
use crate::output::saving::Part;

/// Something that happens in a run.
#[derive(Debug)]
pub enum Event<R> {
    /// The work has done something. `None` after the last step.
    Step(Option<Step<R>>),
    /// It is time to look at the progress and at the checkpoint.
    Tick,
    /// The user wants to stop the run.
    Interrupt,
}

/// What a run works with: its calls, its output and its clock.
pub trait Host {
    type Row;
    /// Why the output cannot be written.
    type Error;

    /// Whether the work changes data of the app. If the output breaks, such work is counted to its
    /// end.
    const WRITES: bool;

    /// Waits for the next event.
    fn next(&mut self) -> impl Future<Output = Event<Self::Row>>;

    /// Starts nothing new. Steps of calls in flight still follow.
    fn stop(&mut self);

    /// Adds rows to the output.
    ///
    /// # Errors
    /// Returns why the rows cannot be written.
    fn write(&mut self, rows: Vec<Self::Row>) -> Result<(), Self::Error>;

    /// Writes buffered rows and the checkpoint, if it is time.
    ///
    /// # Errors
    /// Returns why they cannot be written.
    fn save(&mut self, checkpoint: &Checkpoint) -> Result<(), Self::Error>;

    /// Shows a message.
    fn note(&mut self, note: &str);

    /// Shows how many records are processed.
    fn show(&mut self, processed: u64);

    /// Handles an interrupt. Every interrupt but the first ends the process at once.
    fn interrupted(&mut self, is_first: bool);
}

/// How the loop ended.
#[derive(Debug)]
pub struct LoopEnd<E> {
    pub interrupted: bool,
    /// Why the output cannot be written.
    pub output_error: Option<E>,
}

impl<E> LoopEnd<E> {
    /// Whether the whole input was processed. `input_ended` is false if the input broke off.
    pub fn is_complete(&self, core: &Core, input_ended: bool) -> bool {
        !self.interrupted && self.output_error.is_none() && core.halt().is_none() && input_ended
    }

    /// What the last checkpoint is: that of a run that is finished, unless the input `changed`
    /// while it was read.
    pub fn last_part(&self, core: &Core, input_ended: bool, changed: bool) -> Part {
        if self.is_complete(core, input_ended) && !changed { Part::Finished } else { Part::Stopped }
    }
}

/// Handles all events of a run.
pub async fn run_loop<H: Host>(core: &mut Core, host: &mut H) -> LoopEnd<H::Error> {
    let mut end = LoopEnd { interrupted: false, output_error: None };
    loop {
        let written = match host.next().await {
            Event::Step(None) => return end,
            Event::Step(Some(step)) => take(core, host, step),
            Event::Tick => tick(core, host),
            Event::Interrupt => {
                host.interrupted(!end.interrupted);
                end.interrupted = true;
                host.stop();
                Ok(())
            }
        };
        if let Err(error) = written {
            core.lose_output();
            end.output_error.get_or_insert(error);
            host.stop();
            if !H::WRITES {
                return end;
            }
        }
    }
}

fn take<H: Host>(core: &mut Core, host: &mut H, step: Step<H::Row>) -> Result<(), H::Error> {
    let taken = core.take(&step);
    step.notes.iter().for_each(|note| host.note(note));
    if taken.stop {
        host.stop();
    }
    if taken.write { host.write(step.rows) } else { Ok(()) }
}

fn tick<H: Host>(core: &Core, host: &mut H) -> Result<(), H::Error> {
    host.show(core.checkpoint().processed);
    if core.can_save() { host.save(core.checkpoint()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::exit::ExitStatus;
    use crate::input::position::InputState;
    use crate::run::core::{Advance, Halt};
    use crate::run::summary::Counted;

    /// Events to come, and what the loop did.
    struct Script<const WRITES: bool> {
        events: std::vec::IntoIter<Event<&'static str>>,
        /// The row that cannot be written.
        breaks_at: &'static str,
        done: Vec<String>,
    }

    impl<const WRITES: bool> Host for Script<WRITES> {
        type Row = &'static str;
        type Error = &'static str;

        const WRITES: bool = WRITES;

        async fn next(&mut self) -> Event<&'static str> {
            self.events.next().unwrap_or(Event::Step(None))
        }

        fn stop(&mut self) {
            self.done.push("stop".to_owned());
        }

        fn write(&mut self, rows: Vec<&'static str>) -> Result<(), &'static str> {
            if rows.contains(&self.breaks_at) {
                return Err("disk full");
            }
            self.done.extend(rows.iter().map(|row| (*row).to_owned()));
            Ok(())
        }

        fn save(&mut self, checkpoint: &Checkpoint) -> Result<(), &'static str> {
            self.done.push(format!("save {}", checkpoint.processed));
            Ok(())
        }

        fn note(&mut self, _: &str) {}

        fn show(&mut self, _: u64) {}

        fn interrupted(&mut self, is_first: bool) {
            self.done.push(format!("interrupted {is_first}"));
        }
    }

    fn step(row: &'static str) -> Event<&'static str> {
        let advance = Advance::Records(1, InputState::default());
        Event::Step(Some(Step { rows: vec![row], counted: vec![Counted::Done], ..Step::new(advance) }))
    }

    fn halt(row: &'static str) -> Event<&'static str> {
        let halt = Halt { reason: "no connection".to_owned(), status: ExitStatus::NoResponse, always: false };
        let advance = Advance::Records(1, InputState::default());
        Event::Step(Some(Step { rows: vec![row], halt: Some(halt), ..Step::new(advance) }))
    }

    /// What the loop did, what the last checkpoint would be, and how many records are processed.
    fn run<const WRITES: bool>(
        events: Vec<Event<&'static str>>,
        breaks_at: &'static str,
    ) -> (String, LoopEnd<&'static str>, Part, u64) {
        let mut core = Core::new(Checkpoint::default(), true, false);
        let mut script = Script::<WRITES> { events: events.into_iter(), breaks_at, done: Vec::new() };
        let Poll::Ready(end) = pin!(run_loop(&mut core, &mut script)).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("the loop waits");
        };
        let part = end.last_part(&core, true, false);
        (script.done.join(" "), end, part, core.checkpoint().processed)
    }

    #[test]
    fn rows_are_written_until_a_step_is_left_to_a_later_run() {
        let (done, _, part, processed) = run::<true>(vec![step("a"), Event::Tick, step("b")], "");
        assert_eq!((done.as_str(), part, processed), ("a save 1 b", Part::Finished, 2));
        let (done, _, part, processed) = run::<true>(vec![step("a"), halt("b"), step("c"), Event::Tick], "");
        assert_eq!((done.as_str(), part, processed), ("a stop save 1", Part::Stopped, 1));
    }

    #[test]
    fn a_run_that_is_interrupted_is_not_finished() {
        let (done, end, part, _) = run::<true>(vec![Event::Interrupt, step("a"), Event::Interrupt], "");
        assert_eq!((done.as_str(), end.interrupted), ("interrupted true stop a interrupted false stop", true));
        assert_eq!(part, Part::Stopped);
    }

    #[test]
    fn a_broken_output_is_not_saved_and_ends_only_work_that_reads() {
        let events = || vec![step("a"), step("b"), Event::Tick, step("c")];
        let (done, end, part, processed) = run::<true>(events(), "b");
        assert_eq!((done.as_str(), end.output_error, processed), ("a stop", Some("disk full"), 3));
        assert_eq!(part, Part::Stopped);
        let (done, end, _, processed) = run::<false>(events(), "b");
        assert_eq!((done.as_str(), end.output_error, processed), ("a stop", Some("disk full"), 2));
    }

    #[test]
    fn an_input_that_broke_off_or_changed_is_not_finished() {
        let (_, end, ..) = run::<true>(Vec::new(), "");
        let core = Core::new(Checkpoint::default(), true, false);
        assert_eq!(end.last_part(&core, false, false), Part::Stopped);
        assert_eq!((end.last_part(&core, true, true), end.is_complete(&core, true)), (Part::Stopped, true));
    }
}
