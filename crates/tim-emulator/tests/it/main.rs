//! The emulator from outside: bytes over loopback.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod client;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod console;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod state;
#[cfg(test)]
mod tolerance;
#[cfg(test)]
mod webhooks;
