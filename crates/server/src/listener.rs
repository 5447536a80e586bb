//! The listening socket.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, ToSocketAddrs as _};

use socket2::SockRef;
use tokio::net::TcpSocket;

use crate::config::ListenConfig;
use crate::failure::Failure;

/// Connections that may wait to be accepted. The 128 of the standard library refuse some when thousands of clients come
/// back at once after a restart.
const BACKLOG: u32 = 4_096;

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

/// Leaves whoever comes from now on without an answer, while those who wait are still accepted. To them it is a packet that
/// was lost: their system asks again after a second. By then [`refuse`] has answered, and a balancer takes even a write to
/// another node, since nothing of it was sent; what is reset while it waits may have been done, and is a 502 to its client.
pub(crate) fn ignore_newcomers(listener: &TcpListener) {
    // Where it cannot be done there is a moment in which somebody is reset, which is nothing to fail for.
    #[cfg(target_os = "linux")]
    if let Err(error) = SockRef::from(listener).attach_filter(&without_syn()) {
        tracing::warn!(%error, "the system holds nobody off; who comes at the end of the listening may be reset");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = listener;
}

/// A packet filter that drops segments with the flag SYN, which is the second bit of a TCP header's byte 13.
#[cfg(target_os = "linux")]
const fn without_syn() -> [socket2::SockFilter; 4] {
    use socket2::SockFilter;
    const LOAD_BYTE: u16 = 0x30;
    const SKIP_UNLESS_ANY_OF: u16 = 0x45;
    const KEEP_BYTES: u16 = 0x06;
    [
        SockFilter::new(LOAD_BYTE, 0, 0, 13),
        SockFilter::new(SKIP_UNLESS_ANY_OF, 0, 1, 0x02),
        SockFilter::new(KEEP_BYTES, 0, 0, 0),
        SockFilter::new(KEEP_BYTES, 0, 0, u32::MAX),
    ]
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
    async fn who_waits_is_accepted_and_newcomers_are_left_without_an_answer() {
        let (listener, address) = bind(&ListenConfig { host: "127.0.0.1".to_owned(), port: 0 }).unwrap();
        let _waiting = std::net::TcpStream::connect(address).unwrap();
        ignore_newcomers(&listener);
        listener.set_nonblocking(false).unwrap();
        listener.accept().unwrap();
        listener.set_nonblocking(true).unwrap();
        let newcomer = std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_millis(100));
        assert_eq!(newcomer.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
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
