//! Files that are mapped and cut short meanwhile by whoever writes to them. Reading what is no longer
//! there would end this process (`SIGBUS`): it finds zeros instead, in what we map and in what our
//! libraries map.

use std::{
    ffi::{c_int, c_void},
    mem, ptr,
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::page_size;

/// Bytes of a page, for the handler.
static PAGE: AtomicUsize = AtomicUsize::new(0);

/// From now on a file that is cut short does no harm.
pub(crate) fn survive_cut_files() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        PAGE.store(page_size(), Ordering::Relaxed);
        let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = put_zeros;
        // SAFETY: zeros are a valid `sigaction`: no flags, nothing blocked, the default.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        // SAFETY: the handler is of the kind that `SA_SIGINFO` says, and only makes system calls.
        unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) };
    });
}

/// Puts a page of zeros where the file has none any more; anything else ends the process as ever.
extern "C" fn put_zeros(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: the kernel gives the handler a valid `siginfo_t`, which for this signal has an address.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    if code == libc::BUS_ADRERR {
        let page = PAGE.load(Ordering::Relaxed).max(1);
        let start = (address / page * page) as *mut c_void;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        // SAFETY: this address is of a mapping behind the end of its file, so that no object is
        // there. Nobody writes to mapped files; who did would find memory that can only be read.
        let put = unsafe { libc::mmap(start, page, libc::PROT_READ, flags, -1, 0) };
        if put == start {
            return;
        }
    }
    // SAFETY: takes numbers; what is executed again then ends the process.
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::super::{Mapping, page_size};

    #[test]
    fn what_is_cut_off_a_mapped_file_is_zeros() {
        let path = std::env::temp_dir().join(format!("hawk-cut-{}", std::process::id()));
        let mut file = fs::File::create_new(&path).unwrap();
        file.write_all(&vec![b'x'; 4 * page_size()]).unwrap();
        let mapping = Mapping::of_file(&fs::File::open(&path).unwrap()).unwrap();
        assert!(mapping.as_slice().iter().all(|byte| *byte == b'x'));
        file.set_len(page_size() as u64 + 1).unwrap();
        let (kept, cut) = mapping.as_slice().split_at(page_size() + 1);
        assert!(kept.iter().all(|byte| *byte == b'x'));
        assert!(cut.iter().all(|byte| *byte == 0));
        file.set_len(0).unwrap();
        assert!(mapping.as_slice()[..page_size()].iter().all(|byte| *byte == 0));
        fs::remove_file(&path).unwrap();
    }
}
