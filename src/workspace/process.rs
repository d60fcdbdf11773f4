//! Whether another process still runs.

/// Also true where nobody can tell.
#[cfg(unix)]
pub fn is_alive(process: u32) -> bool {
    let Ok(process) = i32::try_from(process) else { return true };
    let Some(pid) = rustix::process::Pid::from_raw(process) else { return false };
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

#[cfg(windows)]
pub fn is_alive(process: u32) -> bool {
    use winsafe::{HPROCESS, co};
    match HPROCESS::OpenProcess(co::PROCESS::SYNCHRONIZE, false, process) {
        Ok(handle) => handle.WaitForSingleObject(Some(0)) != Ok(co::WAIT::OBJECT_0),
        // Another user's is there, and cannot be looked at.
        Err(error) => error != co::ERROR::INVALID_PARAMETER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_and_the_dead() {
        assert!(is_alive(std::process::id()));
        let program = std::env::current_exe().unwrap();
        let mut child =
            std::process::Command::new(program).arg("--list").stdout(std::process::Stdio::null()).spawn().unwrap();
        let id = child.id();
        child.wait().unwrap();
        drop(child);
        assert!(!is_alive(id));
    }
}
