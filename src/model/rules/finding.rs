//! What the rules give, and what they need to know besides the increment itself.

use crate::model::file_kind::FileKind;
use crate::model::parse::Span;
use crate::model::preference::Preference;
use crate::model::rules::code::{Code, Severity};
use crate::model::status::Side;
use crate::model::work::Work;

/// Something a user should know, and the exact bytes it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    pub file: FileKind,
    pub span: Span,
    pub message: String,
    /// The same is told elsewhere with this severity, and this only leads there: whoever counts leaves it out.
    pub twin_of: Option<Severity>,
    /// Places in this or other files of the increment that belong to it.
    pub related: Vec<RelatedSpan>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RelatedSpan {
    pub file: FileKind,
    pub span: Span,
    pub message: String,
}

impl Finding {
    /// With the severity that the code has by itself.
    pub fn new(code: Code, file: impl Into<FileKind>, span: Span, message: String) -> Finding {
        Finding {
            code,
            severity: code.severity(),
            file: file.into(),
            span,
            message,
            twin_of: None,
            related: Vec::new(),
        }
    }

    pub fn with_related(mut self, file: impl Into<FileKind>, span: Span, message: String) -> Finding {
        self.related.push(RelatedSpan { file: file.into(), span, message });
        self
    }
}

/// What the rules need to know beyond the two files.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleContext<'a> {
    /// Other increments of the project with the same number.
    pub same_number: &'a [String],
    /// Tasks, criteria and the ledger; only known where whole files were read.
    pub work: Option<&'a Work>,
    /// Which of two statuses a fix would keep.
    pub preferred: Preference,
    /// What the disk says, where an editor's text stands for it.
    pub on_disk: Option<OnDisk<'a>>,
}

/// The statuses on disk of an increment that is being edited.
#[derive(Clone, Copy, Debug)]
pub struct OnDisk<'a> {
    pub spec: &'a str,
    pub metadata: &'a str,
    /// Both texts were changed together, and one of them was saved without the other.
    pub half_saved: bool,
    /// Another program has changed these files since the editor read them: who saves overwrites that.
    pub overtaken: &'a [Side],
}
