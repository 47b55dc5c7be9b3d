//! UDP datagrams there and back: whether a path carries UDP at all, told without a load tool.

use super::AgentError;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Datagrams are this long, in bytes.
const SIZE: usize = 64;
/// Time to wait for answers after the last datagram.
const LINGER: Duration = Duration::from_secs(1);

/// Answers datagrams until it is dropped.
#[derive(Debug)]
pub struct Echo(Arc<AtomicBool>);

impl Echo {
    /// Starts to answer on `address`.
    pub fn start(address: SocketAddr) -> Result<Self, AgentError> {
        let socket = UdpSocket::bind(address).map_err(AgentError::io(format!("listen on UDP {address}")))?;
        socket.set_read_timeout(Some(Duration::from_millis(100))).map_err(AgentError::io("set a timeout"))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while !stopped.load(Ordering::Relaxed) {
                if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                    let _ = socket.send_to(buffer.get(..length).unwrap_or_default(), from);
                }
            }
        });
        Ok(Self(stop))
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Sends `count` datagrams to an echo. Returns how many were sent, and how many different ones came back.
pub fn probe(address: SocketAddr, count: u32, interval: Duration) -> Result<(u32, u32), AgentError> {
    let any: SocketAddr = if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).map_err(AgentError::io("open a UDP socket"))?;
    socket.connect(address).map_err(AgentError::io(format!("send UDP to {address}")))?;
    let mut answered = std::collections::BTreeSet::new();
    let mut sent = 0;
    for number in 0..count {
        let mut datagram = [0; SIZE];
        if let Some(head) = datagram.first_chunk_mut() {
            *head = number.to_be_bytes();
        }
        // An earlier datagram's rejection may be reported here; the answers decide.
        sent += u32::from(socket.send(&datagram).is_ok());
        let last = number + 1 == count;
        let until = Instant::now() + if last { LINGER } else { interval };
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if last && answered.len() == count as usize {
                break;
            }
            let _ = socket.set_read_timeout(Some(left));
            let mut buffer = [0; 2048];
            match socket.recv(&mut buffer) {
                Ok(4..) => {
                    answered.extend(buffer.first_chunk().map(|head| u32::from_be_bytes(*head)).filter(|n| *n < count));
                }
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    std::thread::sleep(left.min(Duration::from_millis(5)));
                }
                _ => {}
            }
        }
    }
    Ok((sent, u32::try_from(answered.len()).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_come_back_from_an_echo_and_from_nowhere_else() {
        let address: SocketAddr = ([127, 0, 0, 1], 47_321).into();
        assert_eq!(probe(address, 3, Duration::from_millis(5)).unwrap().1, 0);
        let echo = Echo::start(address).unwrap();
        assert_eq!(probe(address, 5, Duration::from_millis(5)).unwrap(), (5, 5));
        drop(echo);
    }
}
