//! What the plugin shows: status line, code lenses, hover, windows.

use serde_json::Value;

use super::install::plugins;
use super::plugin::{TESTS, disk_says, neovim, run, session};
use super::project::Project;
use super::{ID, active, git};

#[test]
fn the_status_line_before_and_after() {
    let seen = neovim(&Project::incident(), "status_line");
    assert_eq!(seen["before"], "⊗ 0047 active ≠ completed");
    assert_eq!(seen["after"], "no open increments");
    neovim(&active(), "text_of_the_server");
}

#[test]
fn the_alarm_can_be_read_in_every_colour_scheme() {
    let seen = neovim(&Project::incident(), "alarm_can_be_read");
    // Neovim has more than 20 schemes; each is looked at on dark and light, in two windows.
    assert!(seen["seen"].as_u64().unwrap() > 80 && seen["worst"].as_f64().unwrap() >= 4.5, "{seen}");
    neovim(&Project::incident(), "alarm_in_other_windows");
    neovim(&Project::incident(), "alarm_in_own_colours");
}

#[test]
fn lualine_shows_it() {
    let project = Project::incident();
    let mut command = session(&project, "lualine", &["-u", &format!("{TESTS}/init.lua")]);
    command.env("SPECWEAVE_NVIM_PLUGINS", plugins());
    run(command, "lualine");
}

#[test]
fn code_lenses_are_shown_and_run() {
    let project = Project::incident();
    neovim(&project, "code_lens");
    disk_says(&project, "paused", "paused");
    neovim(&Project::incident(), "lenses_in_order");
}

#[test]
fn hover_fits_its_window() {
    neovim(&Project::incident(), "hover_without_links");
    neovim(&active(), "hover_texts");
}

#[test]
fn history_and_log_have_a_window() {
    let project = active();
    git(&project.root, &["init", "--quiet"]);
    for (status, message) in [("active", "Both say active"), ("completed", "One of two")] {
        project.increment(ID, "active", status);
        git(&project.root, &["add", "."]);
        git(&project.root, &["commit", "--quiet", "-m", message]);
    }
    let seen: Value = neovim(&project, "history_and_log");
    assert!(seen["said"][0].is_string(), "{seen}");
    disk_says(&project, "active", "active");
}
