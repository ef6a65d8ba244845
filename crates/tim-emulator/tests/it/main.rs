//! The emulator from outside: bytes over loopback.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod admin_calls;
#[cfg(test)]
mod admin_commands;
#[cfg(test)]
mod admin_events;
#[cfg(test)]
mod admin_users;
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
mod friend_requests;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod origins;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod state;
#[cfg(test)]
mod status;
#[cfg(test)]
mod tolerance;
#[cfg(test)]
mod transfer;
#[cfg(test)]
mod webhook_log;
#[cfg(test)]
mod webhook_retries;
#[cfg(test)]
#[cfg(feature = "tls")]
mod webhook_tls;
#[cfg(test)]
mod webhooks;
