//! The listening socket, and the limit of open files, which limits the connections.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use super::slots::RESERVE;
use crate::problem::OnProblem;

/// The number of connections that the system keeps until the emulator accepts them. Linux limits it
/// to `net.core.somaxconn`, which is 4096 by default.
const BACKLOG: u32 = 4096;
/// The number of open files that are not connections: database, webhooks, and the program that runs
/// the emulator.
const OTHER_FILES: usize = 128;

pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // With this option, a port is free as soon as its server has stopped. On Windows this is the
    // default, and the option would allow two servers on one port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Raises the soft limit of open files to the number that `wanted` connections need, or as far as
/// the system allows. Returns the number of connections that fit in the limit.
pub(super) fn raise_file_limit(wanted: usize, on_problem: &OnProblem) -> usize {
    match increase(files_for(wanted)) {
        Ok(limit) => {
            let allowed = connections_in(limit).min(wanted);
            if allowed < wanted {
                on_problem(&too_low(wanted, allowed, limit));
            }
            allowed
        }
        Err(error) => {
            on_problem(&format!("cannot raise the limit of open files for {wanted} connections: {error}"));
            wanted
        }
    }
}

fn files_for(connections: usize) -> usize {
    connections.saturating_add(RESERVE + OTHER_FILES)
}

/// Returns the number of connections that fit in a limit of open files; at least half of the limit.
fn connections_in(limit: usize) -> usize {
    limit.saturating_sub(RESERVE + OTHER_FILES).max(limit / 2)
}

fn too_low(wanted: usize, allowed: usize, limit: usize) -> String {
    let needed = files_for(wanted);
    format!(
        "the emulator accepts only {allowed} of {wanted} connections, because the system limits this process to \
         {limit} open files; raise the hard limit to {needed}, for example with `ulimit -Hn {needed}`"
    )
}

/// Raises the soft limit to at most `files`, and returns it.
#[cfg(unix)]
fn increase(files: usize) -> io::Result<usize> {
    let limit = rlimit::increase_nofile_limit(u64::try_from(files).unwrap_or(u64::MAX))?;
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Other systems have no such limit.
#[cfg(not(unix))]
fn increase(files: usize) -> io::Result<usize> {
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without a single accept. Linux completes a connect only while the backlog has room, and then
    /// lets the client try again after a second.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn connects_do_not_wait_for_accepts() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let within = std::time::Duration::from_millis(900);
        let connect = |_| std::net::TcpStream::connect_timeout(&address, within);
        let connections: io::Result<Vec<_>> = (0..300).map(connect).collect();
        assert_eq!(connections.unwrap().len(), 300);
    }

    #[test]
    fn the_connections_fit_in_the_files() {
        assert_eq!(connections_in(files_for(4096)), 4096);
        assert_eq!((connections_in(1024), connections_in(256), connections_in(0)), (832, 128, 0));
        assert_eq!(connections_in(files_for(usize::MAX)), usize::MAX - RESERVE - OTHER_FILES);
        let text = too_low(4096, 832, 1024);
        assert!(text.contains("832 of 4096") && text.contains("1024 open files") && text.contains("4288"), "{text}");
    }
}
