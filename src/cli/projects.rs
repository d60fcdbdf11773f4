//! Which projects and increments a command is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::common::Common;
use crate::cli::console;
use crate::cli::error::CliError;
use crate::cli::output::paths::shown_path;
use crate::cli::output::words;
use crate::workspace::config::project::{Given, ProjectConfig};
use crate::workspace::config::{Settings, file};
use crate::workspace::discover;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::path_map::PathMap;
use crate::workspace::fs::paths::canonicalize;
use crate::workspace::links;
use crate::workspace::project::{self, Numbers};
use crate::workspace::select::{self, SelectError};
use crate::workspace::spelling::as_specweave_spells;

/// A project and the increments of it that a command looks at.
#[derive(Clone, Debug)]
pub struct Selection {
    pub root: PathBuf,
    pub folders: Vec<Arc<Path>>,
    pub numbers: Numbers,
    /// Some folder could not be listed; it has been said.
    pub incomplete: bool,
    pub config: ProjectConfig,
}

impl Selection {
    pub fn settings(&self) -> &Settings {
        &self.config.settings
    }
}

/// The project the user is in, or named, and those nested in it.
pub fn all(common: &Common, given: &Given) -> Result<Vec<Selection>, CliError> {
    let start = start(common)?;
    let top = discover::project_above(&start);
    let roots = given.projects_around(top.clone(), top.as_deref().unwrap_or(&start));
    if roots.is_empty() {
        return Err(CliError::NoProject(start));
    }
    Ok(roots.into_iter().map(|root| select_all(root, given, Numbers::shared)).collect())
}

pub fn start(common: &Common) -> Result<PathBuf, CliError> {
    let start = match &common.project {
        Some(folder) => folder.clone(),
        None => std::env::current_dir().map_err(CliError::CurrentFolder)?,
    };
    Ok(canonicalize(&start).map_err(FileError::when("open", &start))?)
}

/// Before something is changed: whose files they are, where the project's folder only leads to them.
pub fn tell_links(common: &Common) {
    let found = start(common).ok().and_then(|start| discover::project_above(&start));
    for (link, target) in found.iter().flat_map(|found| links::linked(found)) {
        console::note(&format!("{} is a symbolic link to {}, where the files are", link.display(), target.display()));
    }
}

fn select_all(root: PathBuf, given: &Given, numbers: fn(&[Arc<Path>]) -> Numbers) -> Selection {
    let config = given.in_project(&root);
    let listing = discover::increments(&root, &config.settings.scope());
    let incomplete = !listing.errors.is_empty();
    for error in listing.errors {
        console::error(&error);
        console::hint("its increments are not checked");
    }
    let numbers = numbers(&listing.increments);
    Selection { incomplete, folders: listing.increments, numbers, root, config }
}

/// What a command takes a path for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// An increment, or a file in one: a command that changes things does not guess at more.
    Increments,
    /// Any folder: all increments in it.
    Folders,
}

/// Only what `wanted` names: ids and numbers first, then paths.
pub fn only(wanted: &[String], reach: Reach, common: &Common, given: &Given) -> Result<Vec<Selection>, CliError> {
    let mut chosen = Choices { given, known: None, projects: Vec::new() };
    for name in wanted {
        let named = match &chosen.known {
            _ if name.contains(std::path::is_separator) => {
                Err(CliError::NoSuchPath { name: name.clone(), nearest: Vec::new() })
            }
            Some(known) => known.one(name),
            None => {
                all(common, given).and_then(|projects| chosen.known.insert(KnownIncrements::new(projects)).one(name))
            }
        };
        let path =
            canonicalize(Path::new(name)).map(as_specweave_spells).map(|path| match discover::increment_of(&path) {
                Some(_) => path,
                None => std::path::absolute(name).map_or(path, |path| links::known_as(&path)),
            });
        match (named, path) {
            (Ok((root, folder)), _) => chosen.project(root).choose(&folder),
            (Err(error), Err(_)) => return Err(mistyped(name).unwrap_or(error)),
            (Err(_), Ok(path)) => match (discover::increment_of(&path), reach) {
                (Some((root, folder)), _) => chosen.project(root).choose(&folder.into()),
                (None, Reach::Increments) => {
                    return Err(CliError::NotInIncrement(name.clone()));
                }
                (None, Reach::Folders) => {
                    let roots = given.projects(&path);
                    if roots.is_empty() {
                        return Err(CliError::NotInProject(name.clone()));
                    }
                    roots.into_iter().for_each(|root| chosen.project(root).choose_in(&path));
                }
            },
        }
    }
    let selection = |project: ChosenIncrements| Selection { folders: project.folders, ..project.all };
    Ok(chosen.projects.into_iter().map(selection).collect())
}

/// What is chosen by and by, each project listed once.
struct Choices<'g> {
    given: &'g Given,
    /// Looked for only when something is no path: below a home directory that may take a second.
    known: Option<KnownIncrements>,
    projects: Vec<ChosenIncrements>,
}

struct ChosenIncrements {
    all: Selection,
    /// In the order they were chosen in.
    folders: Vec<Arc<Path>>,
    /// The same, to be looked up.
    chosen: PathMap<()>,
}

impl Choices<'_> {
    fn project(&mut self, root: PathBuf) -> &mut ChosenIncrements {
        let at = self.projects.iter().position(|project| project.all.root == root).unwrap_or_else(|| {
            let listed = self.known.iter().flat_map(|known| &known.projects).find(|project| project.root == root);
            let all = match listed {
                Some(listed) => Selection { numbers: Numbers::all(&listed.folders), ..listed.clone() },
                None => select_all(root, self.given, Numbers::all),
            };
            self.projects.push(ChosenIncrements { all, folders: Vec::new(), chosen: PathMap::default() });
            self.projects.len() - 1
        });
        &mut self.projects[at]
    }
}

impl ChosenIncrements {
    fn choose(&mut self, folder: &Arc<Path>) {
        if self.chosen.insert(folder, ()).is_none() {
            self.folders.push(Arc::clone(folder));
        }
    }

    /// All increments in this folder.
    fn choose_in(&mut self, path: &Path) {
        let everywhere = path == self.all.root;
        let inside: Vec<Arc<Path>> =
            self.all.folders.iter().filter(|folder| everywhere || folder.starts_with(path)).cloned().collect();
        inside.iter().for_each(|folder| self.choose(folder));
    }
}

/// Where a path that is not there goes wrong; `None` for what is no path but an id.
fn mistyped(name: &str) -> Option<CliError> {
    if !name.contains(std::path::is_separator) {
        return None;
    }
    let path = std::path::absolute(name).ok()?;
    let there = path.ancestors().find(|folder| folder.exists())?;
    let missing = path.strip_prefix(there).ok()?.components().next()?.as_os_str().to_string_lossy().into_owned();
    let entries: Vec<String> = std::fs::read_dir(there)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let nearest = select::nearest(&missing, entries.iter().map(String::as_str));
    let shown = there.join(missing).display().to_string();
    let nearest = nearest.iter().map(|near| there.join(near).display().to_string()).collect();
    Some(CliError::NoSuchPath { name: shown, nearest })
}

/// The increments of these projects, to be looked up by their names.
struct KnownIncrements {
    projects: Vec<Selection>,
    /// Each name with its project, and which increment of that it is.
    names: Vec<(String, (usize, usize))>,
}

impl KnownIncrements {
    fn new(projects: Vec<Selection>) -> KnownIncrements {
        let names = projects.iter().enumerate().flat_map(|(at, project)| {
            project.folders.iter().enumerate().map(move |(which, folder)| (project::id_of(folder), (at, which)))
        });
        KnownIncrements { names: names.collect(), projects }
    }

    /// The project and folder of the increment that `name` names.
    fn one(&self, name: &str) -> Result<(PathBuf, Arc<Path>), CliError> {
        let projects = &self.projects;
        let (at, which) = select::one(name, &self.names).or_else(|error| match error {
            SelectError::Unknown { .. } => same_folder(name, projects).ok_or(error),
            _ => Err(error),
        })?;
        Ok((projects[at].root.clone(), projects[at].folders[which].clone()))
    }
}

/// An id in other case, where the file system takes that for the same folder.
fn same_folder(name: &str, projects: &[Selection]) -> Option<(usize, usize)> {
    let is_one = |folder: &Path| project::id_of(folder).eq_ignore_ascii_case(name);
    projects.iter().enumerate().find_map(|(at, project)| {
        let which = project.folders.iter().position(|folder| is_one(folder))?;
        let real = canonicalize(&project.folders[which].with_file_name(name)).ok()?;
        let folders = &project.folders;
        folders.iter().position(|folder| canonicalize(folder).is_ok_and(|it| it == real)).map(|which| (at, which))
    })
}

/// The folder from which a diff of all these projects applies: the outermost of them.
pub fn base(selections: &[Selection]) -> PathBuf {
    let outermost = selections.iter().map(|selection| &selection.root).min_by_key(|root| root.components().count());
    let base = outermost.cloned().unwrap_or_default();
    let common = base.ancestors().find(|folder| selections.iter().all(|selection| selection.root.starts_with(folder)));
    common.map_or(base.clone(), Path::to_path_buf)
}

pub fn named_or_all(
    wanted: &[String],
    reach: Reach,
    common: &Common,
    given: &Given,
) -> Result<Vec<Selection>, CliError> {
    if wanted.is_empty() { all(common, given) } else { only(wanted, reach, common, given) }
}

/// For a command that does not report findings: the rest of a project's settings counts, and somebody should know.
pub fn warn_of_mistakes(selections: &[Selection]) {
    for selection in selections {
        let mistakes = selection.config.file.mistakes.len();
        if mistakes > 0 {
            let file = shown_path(&selection.root, &file::path(Path::new("")));
            console::warn(&format!("{file} has {}; what is wrong does not count", words::count(mistakes, "mistake")));
            console::hint("`specweave-lsp check` shows where");
        }
    }
}
