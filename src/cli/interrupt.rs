//! Ctrl+C while something long runs: the terminal is left as it was, and the exit code says so to a shell.

use std::io::{IsTerminal as _, Write as _};

/// What a shell reports of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl+C ends the program at once. Only for commands that change nothing.
pub fn ends_cleanly() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    // From here on, not from the moment at which the thread comes to it.
    let listening = {
        let _entered = runtime.enter();
        listen()
    };
    std::thread::spawn(move || {
        runtime.block_on(listening);
        let mut err = std::io::stderr();
        if err.is_terminal() {
            // Over the bar, with the cursor that it may have hidden.
            let _ = write!(err, "\r\x1b[2K\x1b[?25h");
        }
        let _ = writeln!(err, "error: interrupted");
        std::process::exit(INTERRUPTED);
    });
}

#[cfg(unix)]
fn listen() -> impl Future<Output = ()> {
    let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    async move {
        match signal {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
async fn listen() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
