//! Telling others that everything is attached, and that the end has come: systemd, and harnesses
//! that wait for bpftrace's marker line.

use std::{
    ffi::OsString,
    io::{self, Write},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

/// What a harness that starts bpftrace waits for.
const MARKER: &str = "__BPFTRACE_NOTIFY_PROBES_ATTACHED";

/// Who is to be told.
#[derive(Debug, Clone, Default)]
pub struct Announce {
    /// Whoever reads standard output: the marker is printed.
    pub marker: bool,
    /// systemd: the address of its socket (`sd_notify(3)`).
    pub socket: Option<OsString>,
}

impl Announce {
    /// Whoever this process's environment names.
    pub fn from_environment() -> Self {
        Self {
            marker: std::env::var_os(MARKER).is_some(),
            socket: std::env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()),
        }
    }

    /// Everything is attached.
    pub(crate) fn attached(&self) -> io::Result<()> {
        if self.marker {
            let mut out = io::stdout();
            out.write_all(format!("{MARKER}\n").as_bytes())?;
            out.flush()?;
        }
        self.notify("READY=1\nSTATUS=Tracing");
        Ok(())
    }

    /// The run is ending.
    pub(crate) fn stopping(&self) {
        self.notify("STOPPING=1");
    }

    /// Tells systemd; where it does not listen there is nobody to tell that to.
    fn notify(&self, state: &str) {
        let Some(path) = &self.socket else { return };
        let address = match path.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name),
            None => SocketAddr::from_pathname(path),
        };
        let Ok(address) = address else { return };
        let socket = UnixDatagram::unbound();
        let _ = socket.and_then(|socket| socket.send_to_addr(state.as_bytes(), &address));
    }
}

#[cfg(test)]
mod tests {
    use std::{io, os::unix::net::UnixDatagram};

    use super::Announce;

    #[test]
    fn systemd_hears_of_start_and_end() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("hawk-notify-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("socket");
        let systemd = UnixDatagram::bind(&path)?;
        let announce = Announce { marker: false, socket: Some(path.into()) };
        announce.attached()?;
        announce.stopping();
        let read = || {
            let mut buffer = [0; 64];
            let length = systemd.recv(&mut buffer)?;
            Ok::<_, io::Error>(String::from_utf8_lossy(&buffer[..length]).into_owned())
        };
        assert_eq!(read()?, "READY=1\nSTATUS=Tracing");
        assert_eq!(read()?, "STOPPING=1");
        std::fs::remove_dir_all(folder)
    }
}
