//! What an interrupted run left is finished or undone before a command looks at a project.

use std::path::Path;

use crate::cli::console;
use crate::workspace::change::error::ChangeError;
use crate::workspace::change::recovery;
use crate::workspace::config::Settings;
use crate::workspace::specweave_caches;

/// For a command that changes something: it waits for a change under way, and fails where it cannot be sure.
pub fn recover(root: &Path, settings: &Settings) -> Result<(), ChangeError> {
    recovered(root, settings, recovery::recover(root, &console::notice)?);
    Ok(())
}

/// For a command that only looks: where nothing may be written it still looks, and says what is left.
pub fn recover_if_possible(root: &Path, settings: &Settings) {
    match recovery::recover_if_free(root, &console::notice) {
        Ok(any) => recovered(root, settings, any),
        Err(error) => console::warning(&error),
    }
}

/// The run that was interrupted did not come to it.
fn recovered(root: &Path, settings: &Settings, any: bool) {
    if any {
        refresh_caches(root, settings);
    }
}

/// SpecWeave's caches are only caches: what goes wrong with them is no failure of the command.
pub fn refresh_caches(root: &Path, settings: &Settings) {
    if let Err(error) = specweave_caches::refresh(root, settings, &console::notice) {
        console::warning(&error);
    }
}
