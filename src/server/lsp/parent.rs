//! An editor that dies without a word may leave its pipes open in the hands of others; then nobody would ever tell the
//! server to end.

/// Calls `gone` when the process with this number has ended. One that cannot be found (it may live in another container)
/// is left alone: the end of the input tells, too.
#[cfg(target_os = "linux")]
pub fn watch(process: u32, gone: impl FnOnce() + Send + 'static) {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    let handle = match pid.map(|pid| pidfd_open(pid, PidfdFlags::empty())) {
        Some(Ok(handle)) => handle,
        _ => return tracing::info!("the editor's process {process} cannot be watched"),
    };
    std::thread::spawn(move || {
        let mut waiting = [PollFd::new(&handle, PollFlags::IN)];
        // A signal may interrupt the wait.
        while let Err(rustix::io::Errno::INTR) = poll(&mut waiting, None) {}
        gone();
    });
}

#[cfg(not(target_os = "linux"))]
pub fn watch(process: u32, gone: impl FnOnce() + Send + 'static) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, test_kill_process};
        /// There is no handle to wait on; an editor that is gone is not in a hurry.
        const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

        let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return };
        let lives = move || test_kill_process(pid) != Err(rustix::io::Errno::SRCH);
        if lives() {
            std::thread::spawn(move || {
                while lives() {
                    std::thread::sleep(LOOK_EVERY); // between two looks; see the constant
                }
                gone();
            });
        }
    }
    #[cfg(windows)]
    std::thread::spawn(move || {
        use winsafe::{HPROCESS, co};
        if let Ok(handle) = HPROCESS::OpenProcess(co::PROCESS::SYNCHRONIZE, false, process)
            && handle.WaitForSingleObject(None) == Ok(co::WAIT::OBJECT_0)
        {
            gone();
        }
    });
}
