//! Which projects and increments a command is about.

use std::path::{Path, PathBuf};

use super::{Common, complain};
use crate::workspace::discover::{self, Scope};
use crate::workspace::disk;
use crate::workspace::project::{self, Numbers};
use crate::workspace::select;
use crate::workspace::settings::Settings;

/// A project and the increments of it that a command looks at.
#[derive(Debug)]
pub struct Selection {
    pub root: PathBuf,
    pub folders: Vec<PathBuf>,
    pub numbers: Numbers,
    /// Some folder could not be listed; it has been said.
    pub incomplete: bool,
}

pub fn scope(settings: &Settings) -> Scope {
    Scope { include_archived: settings.include_archived, exclude: settings.exclude.clone() }
}

/// The project the user is in, or named, and those nested in it.
pub fn all(common: &Common, settings: &Settings) -> Result<Vec<Selection>, String> {
    let scope = scope(settings);
    let start = start(common)?;
    let top = discover::project_above(&start);
    let roots = discover::projects(top.as_deref().unwrap_or(&start), &scope);
    if roots.is_empty() {
        return Err(format!(
            "There is no SpecWeave project in {} or above it (no `.specweave` folder); go into one or name it with --project.",
            start.display()
        ));
    }
    Ok(roots.into_iter().map(|root| select_all(root, &scope)).collect())
}

fn start(common: &Common) -> Result<PathBuf, String> {
    let start = match &common.project {
        Some(folder) => folder.clone(),
        None => std::env::current_dir().map_err(|error| format!("The current folder cannot be found: {error}."))?,
    };
    start.canonicalize().map_err(|error| format!("{} cannot be opened: {}.", start.display(), disk::reason(&error)))
}

fn select_all(root: PathBuf, scope: &Scope) -> Selection {
    let listing = discover::increments(&root, scope);
    for (path, error) in &listing.errors {
        complain(&format!(
            "{} cannot be listed: {}. Its increments were not looked at.",
            path.display(),
            disk::reason(error)
        ));
    }
    let numbers = Numbers::of(listing.increments.iter().map(|folder| project::name_in_project(&root, folder)));
    Selection { incomplete: !listing.errors.is_empty(), folders: listing.increments, numbers, root }
}

/// Only what `wanted` names: ids, numbers, or paths of increments, files in them, or folders that hold projects.
pub fn only(wanted: &[String], common: &Common, settings: &Settings) -> Result<Vec<Selection>, String> {
    let scope = scope(settings);
    let mut chosen: Vec<Selection> = Vec::new();
    let mut known: Option<Vec<Selection>> = None;
    for name in wanted {
        let path = Path::new(name);
        if let Ok(path) = path.canonicalize() {
            match discover::increment_of(&path) {
                Some((root, folder)) => choose(&mut chosen, select_all(root, &scope), &[folder]),
                None => {
                    let roots = discover::projects(&path, &scope);
                    if roots.is_empty() {
                        return Err(format!(
                            "{name} lies in no SpecWeave project (no `.specweave` folder in or above it)."
                        ));
                    }
                    for root in roots {
                        let selection = select_all(root, &scope);
                        let folders = selection.folders.clone();
                        choose(&mut chosen, selection, &folders);
                    }
                }
            }
            continue;
        }
        if known.is_none() {
            known = Some(all(common, settings)?);
        }
        let projects = known.as_deref().unwrap_or_default();
        let names: Vec<(String, (usize, usize))> = projects
            .iter()
            .enumerate()
            .flat_map(|(at, project)| {
                project.folders.iter().enumerate().map(move |(which, folder)| (project::id_of(folder), (at, which)))
            })
            .collect();
        let (at, which) = select::one(name, &names)?;
        let project = &projects[at];
        choose(&mut chosen, select_all(project.root.clone(), &scope), &[project.folders[which].clone()]);
    }
    Ok(chosen)
}

fn choose(chosen: &mut Vec<Selection>, project: Selection, folders: &[PathBuf]) {
    let at = chosen.iter().position(|known| known.root == project.root).unwrap_or_else(|| {
        chosen.push(Selection { folders: Vec::new(), ..project });
        chosen.len() - 1
    });
    for folder in folders {
        if !chosen[at].folders.contains(folder) {
            chosen[at].folders.push(folder.clone());
        }
    }
}

pub fn named_or_all(wanted: &[String], common: &Common, settings: &Settings) -> Result<Vec<Selection>, String> {
    if wanted.is_empty() { all(common, settings) } else { only(wanted, common, settings) }
}
