//! The listening socket.

#[cfg(target_os = "linux")]
use std::ffi::OsString;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, ToSocketAddrs as _};

use socket2::SockRef;
use tokio::net::TcpSocket;

use crate::config::ListenConfig;
use crate::failure::Failure;

/// Connections that may wait to be accepted. The 128 of the standard library refuse some when thousands of clients come
/// back at once after a restart.
const BACKLOG: u32 = 4_096;
/// What Linux calls it.
#[cfg(target_os = "linux")]
const LOOPBACK: &str = "lo";

/// Binds the configured address; the second value is the one that was taken, of which the port may have been free to
/// choose.
pub(crate) fn bind(config: &ListenConfig) -> Result<(TcpListener, SocketAddr), Failure> {
    let ListenConfig { host, port } = config;
    let bound = try_bind(host, *port);
    bound.map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::AddrInUse => "; another program listens there, set PORT to another one",
            io::ErrorKind::PermissionDenied => "; ports below 1024 need rights, set PORT to a higher one",
            io::ErrorKind::AddrNotAvailable => "; this machine has no such address, see HOST",
            _ => "",
        };
        Failure::Run(format!("cannot listen at {host} port {port}: {error}{remedy}"))
    })
}

/// Refuses whoever comes from now on, while those who wait are still accepted: what is reset while it waits may have been
/// done, and is a 502 to its client, where a balancer takes even a write that was refused to another node, since nothing of
/// it was sent. The listening is bound to a network interface by which nobody comes, which Linux lets anybody do; a packet
/// filter needs a right (6.18.44, on a socket of TCP).
///
/// `by_loopback` says that the balancer is on this machine.
#[cfg(target_os = "linux")]
pub(crate) fn refuse_newcomers(listener: &TcpListener, by_loopback: bool) {
    let by_loopback = by_loopback || listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    let bound = other_interface(by_loopback)
        .and_then(|interface| SockRef::from(listener).bind_device(Some(interface.as_encoded_bytes())));
    // There is a moment then in which somebody is reset, which is nothing to fail for.
    if let Err(error) = bound {
        tracing::warn!(%error, "the system refuses nobody yet; who comes at the end of the listening may be reset");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn refuse_newcomers(_: &TcpListener, _: bool) {}

/// A network interface by which nobody comes who comes by loopback, or by any other.
#[cfg(target_os = "linux")]
fn other_interface(by_loopback: bool) -> io::Result<OsString> {
    if !by_loopback {
        return Ok(LOOPBACK.into());
    }
    let others = std::fs::read_dir("/sys/class/net")?.filter_map(|entry| Some(entry.ok()?.file_name()));
    others.into_iter().find(|name| name != LOOPBACK).ok_or_else(|| io::Error::other("there is loopback alone"))
}

/// Refuses whoever comes from now on, and those who wait to be accepted; what is open stays so. A balancer that is refused
/// goes to another node at once, and one that is left waiting does so only when this process is gone.
pub(crate) fn refuse(listener: &TcpListener) {
    // Linux ends the listening by it. A system that does not leaves them waiting, which is nothing to fail for.
    let _ = SockRef::from(listener).shutdown(Shutdown::Read);
}

fn try_bind(host: &str, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match listen(address) {
            Ok(listener) => {
                let taken = listener.local_addr()?;
                return Ok((listener, taken));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for the old connections' TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_told_with_a_remedy() {
        let config = |port| ListenConfig { host: "127.0.0.1".to_owned(), port };
        let (_listener, address) = bind(&config(0)).unwrap();
        assert_ne!(address.port(), 0);
        let Err(Failure::Run(text)) = bind(&config(address.port())) else { panic!("the port is taken") };
        assert!(text.contains("set PORT to another one"), "{text}");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_waits_is_accepted_and_newcomers_are_refused() {
        use std::io::{Read as _, Write as _};
        let (listener, address) = bind(&ListenConfig { host: "127.0.0.1".to_owned(), port: 0 }).unwrap();
        let mut waiting = std::net::TcpStream::connect(address).unwrap();
        refuse_newcomers(&listener, false);
        let newcomer = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(newcomer.kind(), io::ErrorKind::ConnectionRefused);
        listener.set_nonblocking(false).unwrap();
        let (mut accepted, _) = listener.accept().unwrap();
        waiting.write_all(b"still here").unwrap();
        let mut heard = [0; 10];
        accepted.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"still here");
    }

    /// A balancer on this machine comes by loopback, whatever else the server listens at.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn newcomers_by_loopback_are_refused_at_any_address() {
        let (listener, address) = bind(&ListenConfig { host: "0.0.0.0".to_owned(), port: 0 }).unwrap();
        let address = ("127.0.0.1", address.port());
        refuse_newcomers(&listener, true);
        let newcomer = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(newcomer.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_comes_late_is_refused_and_who_is_there_stays() {
        use std::io::{Read as _, Write as _};
        let (listener, address) = bind(&ListenConfig { host: "127.0.0.1".to_owned(), port: 0 }).unwrap();
        listener.set_nonblocking(false).unwrap();
        let mut client = std::net::TcpStream::connect(address).unwrap();
        let (mut accepted, _) = listener.accept().unwrap();
        let mut waiting = std::net::TcpStream::connect(address).unwrap();
        refuse(&listener.try_clone().unwrap());
        let late = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(waiting.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        client.write_all(b"still here").unwrap();
        let mut heard = [0; 10];
        accepted.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"still here");
    }
}
