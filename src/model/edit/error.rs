//! Why there is no edit: to be matched on, with the sentence for the user beside it.

use crate::model::parse::ProblemKind;
use crate::model::rules::problem_message;
use crate::model::status::Side;

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The file has a problem that comes before any edit.
    #[error("Cannot edit {}. {}", side.file_name(), problem_message(*side, problem))]
    Invalid { side: Side, problem: ProblemKind },
    /// The value has an anchor, and another key says the same by an alias of it.
    #[error("Cannot edit spec.md: `status` shares its value with another key through a YAML anchor. Edit it by hand.")]
    SharedByAnchor,
    /// No edit that was tried gives the goal and leaves everything else as it is.
    #[error("Cannot safely change the way `status` is written in {}. Edit it by hand.", side.file_name())]
    NoSafeEdit { side: Side },
}
