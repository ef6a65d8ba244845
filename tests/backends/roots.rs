//! The choice of root certificates, for both backends.

use tim_follow::transport::{Options, Proxy, Roots};

use crate::server::{self, Fault, Server};
use crate::{Either, LONG, UNTRUSTED, check_result, config};

/// What both backends make of a server whose certificate is signed by the test root.
fn check(options: Options, is_trusted: bool) {
    let server = Server::start(Fault::None, true);
    let expected = if is_trusted { Ok(()) } else { Err(UNTRUSTED) };
    let options = options.proxy(Proxy::Off).connect_timeout(LONG);
    let config = config(&server.url, &server.url, None, 1, Fault::None).transport(options.clone());
    for client in Either::both(&config) {
        let checked = check_result(&client, expected);
        assert!(checked.is_ok(), "{}, {options:?}: {checked:?}", client.name());
    }
}

#[test]
fn mozillas_roots_do_not_include_the_test_root() {
    check(Options::default().roots(Roots::Mozilla), false);
}

#[test]
fn an_own_root_is_trusted_beside_any_others() {
    for roots in [Roots::default(), Roots::Mozilla, Roots::System, Roots::ExtraOnly] {
        check(Options::default().roots(roots).add_root_certificate(server::root()), true);
    }
}

#[test]
fn only_the_own_root_is_trusted() {
    check(Options::default().roots(Roots::ExtraOnly).add_root_certificate(server::unknown_root()), false);
}

/// A child process, because the environment decides which roots the system has.
#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn the_roots_of_the_system_are_trusted() {
    use std::process::Command;

    let path = std::env::temp_dir().join(format!("tim-backends-roots-{}.pem", std::process::id()));
    let test = ["--exact", "roots::child_process_with_the_test_root_in_the_system", "--ignored"];
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(test).env("SSL_CERT_FILE", &path).env_remove("SSL_CERT_DIR").output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

#[test]
#[ignore = "started by `the_roots_of_the_system_are_trusted`"]
fn child_process_with_the_test_root_in_the_system() {
    std::fs::write(std::env::var_os("SSL_CERT_FILE").unwrap(), server::root()).unwrap();
    check(Options::default().roots(Roots::System), true);
    check(Options::default().roots(Roots::System).add_root_certificate(server::unknown_root()), true);
    check(Options::default().roots(Roots::Mozilla), false);
    check(Options::default(), cfg!(not(feature = "rustls")));
}
