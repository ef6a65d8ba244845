//! `tim webhook`: listen, trigger and replay, with receivers and senders of these tests.

mod emulator;
mod forward;
mod listen;
mod record;
mod support;
mod trigger;
