//! A subscriber that keeps all spans and events.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) id: u64,
    pub(super) name: &'static str,
    metadata: &'static Metadata<'static>,
    pub(super) parent: Option<u64>,
    pub(super) fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub(super) struct Recorded {
    pub(super) message: String,
    pub(super) span: Option<u64>,
}

/// Shared by its clones.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<(Vec<Span>, Vec<Recorded>)>>);

thread_local! {
    /// The spans that this thread is in.
    static STACK: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

fn current() -> Option<u64> {
    STACK.with_borrow(|stack| stack.last().copied())
}

impl Recorder {
    /// In the order in which they began.
    pub(super) fn spans(&self) -> Vec<Span> {
        self.0.lock().unwrap().0.clone()
    }

    pub(super) fn events(&self) -> Vec<Recorded> {
        self.0.lock().unwrap().1.clone()
    }
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tim_follow") || metadata.target().starts_with("it")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        let parent = if attributes.is_contextual() { current() } else { attributes.parent().map(|id| id.into_u64()) };
        let metadata = attributes.metadata();
        let spans = &mut self.0.lock().unwrap().0;
        let id = spans.len() as u64 + 1;
        spans.push(Span { id, name: metadata.name(), metadata, parent, fields });
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let spans = &mut self.0.lock().unwrap().0;
        values.record(&mut Fields(&mut spans[span.into_u64() as usize - 1].fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let message = fields.remove("message").unwrap_or_default();
        self.0.lock().unwrap().1.push(Recorded { message, span: current() });
    }

    fn enter(&self, span: &Id) {
        STACK.with_borrow_mut(|stack| stack.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        let left = STACK.with_borrow_mut(Vec::pop);
        assert_eq!(left, Some(span.into_u64()), "spans are left in the order of a stack");
    }

    fn current_span(&self) -> Current {
        let Some(id) = current() else { return Current::none() };
        let metadata = self.0.lock().unwrap().0[id as usize - 1].metadata;
        Current::new(Id::from_u64(id), metadata)
    }
}
