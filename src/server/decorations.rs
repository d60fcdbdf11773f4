//! Lenses and hints: drawn into the text of one file from what both say, and an editor asks again only for the file that
//! was changed.

#[derive(Debug, Default)]
pub struct Decorations {
    /// For which revision of the index and generation of the settings the client was last asked to redraw them.
    drawn: Option<(u64, u64)>,
    /// Diagnostics have been sent since, which they go with.
    is_due: bool,
}

impl Decorations {
    /// In one of the next turns somebody has to ask whether they are stale.
    pub fn set_due(&mut self) {
        self.is_due = true;
    }

    pub fn are_due(&self) -> bool {
        self.is_due
    }

    /// Whether the client has to redraw them now.
    pub fn are_stale(&mut self, revision: u64, generation: u64) -> bool {
        self.is_due = false;
        self.drawn.replace((revision, generation)) != Some((revision, generation))
    }
}
