//! Lenses and hints: drawn into the text of one file from what both say, and an editor asks again only for the file that
//! was changed.

#[derive(Debug, Default)]
pub struct Decorations {
    /// For which revision of the index and generation of the settings the client was last asked to redraw them.
    drawn: Option<(u64, u64)>,
    due: Turn,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    None,
    Next,
    This,
}

impl Decorations {
    /// Diagnostics are sent. What is drawn may be stale now, but to ask for it would hold them up; that has to wait for the
    /// next turn.
    pub fn set_due(&mut self) {
        if self.due == Turn::None {
            self.due = Turn::Next;
        }
    }

    pub fn are_due(&self) -> bool {
        self.due != Turn::None
    }

    /// To be asked once a turn, at its end.
    pub fn are_due_in_this_turn(&mut self) -> bool {
        let (due, next) = match self.due {
            Turn::None => (false, Turn::None),
            Turn::Next => (false, Turn::This),
            Turn::This => (true, Turn::None),
        };
        self.due = next;
        due
    }

    /// Whether the client has to redraw them now.
    pub fn are_stale(&mut self, revision: u64, generation: u64) -> bool {
        self.drawn.replace((revision, generation)) != Some((revision, generation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_due_in_the_turn_after_the_one_that_sends_diagnostics() {
        let mut decorations = Decorations::default();
        assert!(!decorations.are_due() && !decorations.are_due_in_this_turn());
        decorations.set_due();
        assert!(decorations.are_due() && !decorations.are_due_in_this_turn());
        decorations.set_due();
        assert!(
            decorations.are_due() && decorations.are_due_in_this_turn(),
            "diagnostics of each turn do not put it off"
        );
        assert!(!decorations.are_due() && !decorations.are_due_in_this_turn());
    }
}
