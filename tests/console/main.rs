//! The console in a browser. It needs `chromium`, `chromedriver` and axe-core; `cargo xtask
//! console` runs it.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod data;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod keyboard;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod state;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod webhooks;
