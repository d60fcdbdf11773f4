//! What there is to know where one of two statuses has to be chosen. git is asked, which takes its time: so what it is asked
//! about is taken along, and the main loop does not wait.

use std::path::{Path, PathBuf};

use crate::git::evidence::{self, Witnesses};
use crate::git::repository::Repository;
use crate::model::increment::Increment;
use crate::model::status::Side;
use crate::model::work::Work;
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::lsp::ext::{Evidence, EvidenceParams};
use crate::server::lsp::position;
use crate::server::markdown::Style;
use crate::server::snapshot::Snapshot;
use crate::workspace::change::journal;
use crate::workspace::check::{self, Depth};
use crate::workspace::discover;
use crate::workspace::documents::Documents;

/// A desynced increment, as it lies on disk: git knows nothing of what is not saved.
pub struct Undecided {
    root: PathBuf,
    folder: PathBuf,
    increment: Increment,
    work: Option<Work>,
}

pub fn specweave_evidence(snapshot: &Snapshot<'_>, params: &EvidenceParams) -> Result<Undecided> {
    let path = position::parse_uri(&params.increment).and_then(|uri| snapshot.path(&uri));
    let folder = path.as_deref().and_then(discover::increment_of).map(|(_, folder)| folder);
    let folder = folder.filter(|folder| snapshot.index.contains(folder));
    let folder = folder.ok_or_else(|| RequestError::UnknownIncrement(params.increment.clone()))?;
    undecided(snapshot, &folder).ok_or(RequestError::NothingToDo)
}

/// None where nothing has to be chosen.
pub fn undecided(snapshot: &Snapshot<'_>, folder: &Path) -> Option<Undecided> {
    let (root, _) = discover::increment_of(folder)?;
    let (increment, work) = check::load(folder, &Documents::default(), snapshot.settings(folder), Depth::Work);
    increment.is_desynced().then(|| Undecided { root, folder: folder.to_path_buf(), increment, work })
}

impl Undecided {
    /// Asks git and the journal.
    pub fn evidence(&self) -> Evidence {
        let repository = Repository::around(&self.root).ok();
        let journal = journal::read(&self.root).map(|(entries, _)| entries).unwrap_or_default();
        let witnesses = Witnesses { repository: repository.as_ref(), journal: &journal };
        let [spec, metadata] = Side::BOTH.map(|side| witnesses.since(&self.folder, &self.increment, side));
        Evidence { spec, metadata, work: evidence::work(self.work.as_ref()) }
    }
}

impl Evidence {
    /// A line for each side, and one for the work.
    pub fn lines(&self, style: Style) -> String {
        let side = |side: Side, since: &Option<String>| {
            since.as_ref().map(|since| format!("- {} {}", side.file_name(), style.text(since)))
        };
        let work = Some(format!("- {}", style.text(&self.work)));
        let lines = [side(Side::Spec, &self.spec), side(Side::Metadata, &self.metadata), work];
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}
