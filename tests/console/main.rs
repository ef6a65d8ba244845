//! The console in a browser. It needs `chromium` and `chromedriver`; `cargo xtask console` runs it.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod page;
