//! `status --watch`: stays, redraws when files change, and shows one increment when asked to.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::queue;
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::{sleep, timeout};

use crate::cli::console::{CommandResult, Verdict};
use crate::cli::error::CliError;
use crate::cli::watch_screen::{Browser, Key, WatchView};
use crate::workspace::config::project::Given;
use crate::workspace::discover;
use crate::workspace::watch::{WatchEvent, Watcher};

/// Programs change several files at once; so long they are waited for before the files are read.
const SETTLE: Duration = Duration::from_millis(50);
/// What no event tells of (network drives) is seen after this time.
const AT_THE_LATEST: Duration = Duration::from_secs(30);
/// The same where nothing can be watched at all.
const WITHOUT_EVENTS: Duration = Duration::from_secs(2);

/// Shows the list, and what is looked into, until somebody ends it.
pub fn run(roots: &[PathBuf], given: &Given, view: &impl WatchView) -> CommandResult {
    if !std::io::stdout().is_terminal() {
        return Err(CliError::NoTerminal);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::NotWatched)?;
    runtime.block_on(stay(roots, given, view)).map_err(CliError::NotDrawn)?;
    Ok(Verdict::Fine)
}

async fn stay(roots: &[PathBuf], given: &Given, view: &impl WatchView) -> std::io::Result<()> {
    let (events, mut changes) = mpsc::unbounded_channel();
    let watcher = Watcher::start(move |change| {
        let _ = events.send(change);
    });
    roots.iter().for_each(|root| watcher.project(root));
    let look = || {
        for root in roots {
            let scope = given.in_project(root).settings.scope();
            let listing = discover::increments_after(root, &scope, &|folder| watcher.look_at(&folder.into()));
            listing.increments.iter().for_each(|folder| watcher.look_at(folder));
        }
    };
    let mut end = Box::pin(ended()?);
    let _screen = Screen::enter()?;
    let mut keys = keys();
    let mut blind = None;
    let mut browser = Browser::default();
    loop {
        look();
        browser.refresh(view);
        browser.draw(blind.as_deref())?;
        let latest = if blind.is_some() { WITHOUT_EVENTS } else { AT_THE_LATEST };
        let has_changed = timeout(latest, changed(&mut changes, &mut blind));
        tokio::pin!(has_changed);
        // A key changes what is looked at, not what is there: nothing is read again for it.
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                _ = &mut has_changed => break,
                Some(key) = keys.recv() => {
                    if browser.press(key, view) {
                        return Ok(());
                    }
                    browser.draw(None)?;
                }
            }
        }
    }
}

/// What the user does at the terminal, from a thread of its own: reading it blocks.
fn keys() -> UnboundedReceiver<Key> {
    let (inputs, keys) = mpsc::unbounded_channel();
    if std::io::stdin().is_terminal() {
        std::thread::spawn(move || {
            // An error means that the terminal is gone; so is everything that it could say.
            while let Ok(event) = event::read() {
                if key_of(&event).is_some_and(|input| inputs.send(input).is_err()) {
                    break;
                }
            }
        });
    }
    keys
}

fn key_of(event: &Event) -> Option<Key> {
    let key = match event {
        Event::Resize(..) => return Some(Key::Resize),
        Event::Key(key) if key.kind != KeyEventKind::Release => key,
        _ => return None,
    };
    Some(match key.code {
        // Without line editing, the terminal sends no signal for it.
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Key::Quit,
        KeyCode::Char('q') => Key::Quit,
        KeyCode::Up | KeyCode::Char('k') => Key::Up,
        KeyCode::Down | KeyCode::Char('j') => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::First,
        KeyCode::End => Key::Last,
        KeyCode::Enter | KeyCode::Right | KeyCode::Char('l') => Key::Open,
        KeyCode::Esc | KeyCode::Left | KeyCode::Backspace | KeyCode::Char('h') => Key::Back,
        _ => return None,
    })
}

/// Waits for a change, and for the others that come with it.
async fn changed(changes: &mut UnboundedReceiver<WatchEvent>, blind: &mut Option<String>) {
    let first = loop {
        match changes.recv().await {
            // Said again at each look; it is no change.
            Some(WatchEvent::Blind(reason)) if blind.as_ref() == Some(&reason) => {}
            Some(change) => break change,
            None => return std::future::pending().await,
        }
    };
    sleep(SETTLE).await;
    for change in std::iter::once(first).chain(std::iter::from_fn(|| changes.try_recv().ok())) {
        if let WatchEvent::Blind(reason) = change {
            *blind = Some(reason);
        }
    }
}

/// The terminal as it was, however this ends.
struct Screen;

impl Screen {
    fn enter() -> std::io::Result<Screen> {
        let mut out = std::io::stdout();
        let screen = Screen;
        if std::io::stdin().is_terminal() {
            // Keys come one by one, and are not shown.
            terminal::enable_raw_mode()?;
        }
        queue!(out, EnterAlternateScreen, Hide)?;
        out.flush()?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let mut out = std::io::stdout();
        // A terminal that is gone needs no restoring.
        let _ = queue!(out, Show, LeaveAlternateScreen).and_then(|()| out.flush());
        let _ = terminal::disable_raw_mode();
    }
}

#[cfg(unix)]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate, mut hangup) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
