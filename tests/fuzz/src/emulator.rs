//! An emulator for a target. It is started once, and each input starts with its first state.

use std::sync::{LazyLock, Mutex, MutexGuard};

use tim_emulator::{Emulator, SdkAppId};
use tim_sig::SecretKey;

use crate::{KEY, SDKAPPID};

/// The time of the emulator, in unix seconds.
pub(crate) const NOW: u64 = 1_700_000_000;

static EMULATOR: LazyLock<Mutex<Emulator>> = LazyLock::new(|| {
    let emulator = Emulator::builder().app_id(SdkAppId(SDKAPPID)).secret_key(SecretKey::new(KEY)).clock(|| NOW);
    Mutex::new(emulator.start_blocking().unwrap())
});

/// Returns the emulator in its first state.
pub(crate) fn fresh() -> MutexGuard<'static, Emulator> {
    // A test can fail while it has the lock; the state is reset anyway.
    let emulator = EMULATOR.lock().unwrap_or_else(|error| error.into_inner());
    emulator.settings().reset().unwrap();
    emulator.reset().unwrap();
    for snapshot in emulator.state().snapshots() {
        emulator.state().forget(&snapshot.name);
    }
    emulator
}
