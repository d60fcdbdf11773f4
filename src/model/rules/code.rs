//! The list of rules: each with its code, its severity and what it means. The settings, the docs and the reports are
//! made from it.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Hint,
    Information,
    Warning,
    Error,
}

impl Severity {
    pub const ALL: [Severity; 4] = [Severity::Hint, Severity::Information, Severity::Warning, Severity::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    pub fn parse(text: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

macro_rules! codes {
    ($($name:ident $text:literal $severity:ident $meaning:literal;)*) => {
        /// The name of a rule. `docs/findings.md` is checked against this list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($name,)* }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// The severity that counts unless the settings say otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }

            /// One line for the documentation.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    StatusDesync "status-desync" Error "spec.md and metadata.json have different statuses.";
    InvalidFrontmatter "invalid-frontmatter" Error "The frontmatter of spec.md is invalid, is not closed, or contains a merge conflict.";
    InvalidMetadata "invalid-metadata" Error "metadata.json is not valid JSON, is not an object, or contains a merge conflict.";
    InvalidConfig "invalid-config" Error "The project's `.specweave/lsp.json` holds something that cannot be used.";
    DuplicateKey "duplicate-key" Error "One file has two `status` keys.";
    InvalidStatusType "invalid-status-type" Error "`status` is not a string.";
    UnreadableFile "unreadable-file" Error "A file exists but cannot be read: permissions, encoding, size, or it is a directory.";
    HalfSaved "half-saved" Error "Only one of the two files of a change was saved.";
    UnknownStatus "unknown-status" Warning "The status is neither one of SpecWeave's seven nor a known alias of one.";
    MissingStatus "missing-status" Warning "One file has a status and the other has none (information when spec.md has no frontmatter at all, a hint when the increment is finished).";
    CompletedWithOpenWork "completed-with-open-work" Warning "The increment is completed but has open tasks or acceptance criteria.";
    TaskDesync "task-desync" Warning "The line of a task says something else than the ledger.";
    IgnoredEvent "ignored-event" Warning "A line of ledger.jsonl does not count for SpecWeave.";
    UnknownReference "unknown-reference" Warning "The ledger names a task, or a task names a criterion, that does not exist.";
    StaleVerification "stale-verification" Warning "reports/verify.json says ok, but tasks or criteria have changed since.";
    ShadowedTasks "shadowed-tasks" Warning "spec.md has a `## Tasks` section that tasks.md hides.";
    DuplicateNumber "duplicate-number" Warning "Two increments of one project have the same number.";
    UnsavedFix "unsaved-fix" Information "The statuses agree in the editor but not on disk.";
    MissingFile "missing-file" Information "spec.md or metadata.json is missing.";
    StaleStatusLine "stale-status-line" Information "SpecWeave's cache shows an increment as open that is not, lacks one that is, or counts its tasks wrong.";
    UncoveredCriterion "uncovered-criterion" Information "No task covers the acceptance criterion, and it is not ticked.";
    OpenClaim "open-claim" Information "The increment is completed, and an agent's claim of a task is left.";
    ReadyToClose "ready-to-close" Hint "The increment is open, but all of its tasks and criteria are done.";
    UnnumberedIncrement "unnumbered-increment" Hint "The folder of the increment has no number that SpecWeave's commands take.";
    IdMismatch "id-mismatch" Hint "`id` in metadata.json or `increment` in spec.md does not match the name of the folder.";
    UnusedIgnore "unused-ignore" Hint "An entry of `ignore` in `.specweave/lsp.json` matches nothing.";
}

/// What has to be looked at to find something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundIn {
    /// What is read of every increment.
    Statuses,
    /// Whole files, which are read of some only.
    Work,
    /// Texts that are not saved yet, or SpecWeave's caches.
    Elsewhere,
    /// The project's settings: about no increment.
    Project,
}

impl Code {
    pub fn found_in(self) -> FoundIn {
        match self {
            Code::StatusDesync
            | Code::InvalidFrontmatter
            | Code::InvalidMetadata
            | Code::DuplicateKey
            | Code::InvalidStatusType
            | Code::UnknownStatus
            | Code::MissingStatus
            | Code::DuplicateNumber
            | Code::MissingFile
            | Code::UnnumberedIncrement
            | Code::IdMismatch => FoundIn::Statuses,
            Code::UnreadableFile
            | Code::CompletedWithOpenWork
            | Code::TaskDesync
            | Code::IgnoredEvent
            | Code::UnknownReference
            | Code::StaleVerification
            | Code::ShadowedTasks
            | Code::UncoveredCriterion
            | Code::OpenClaim
            | Code::ReadyToClose => FoundIn::Work,
            Code::HalfSaved | Code::UnsavedFix | Code::StaleStatusLine => FoundIn::Elsewhere,
            Code::InvalidConfig | Code::UnusedIgnore => FoundIn::Project,
        }
    }

    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for &code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(code));
            assert_eq!(code.to_string(), code.as_str());
        }
        for severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()), Some(severity));
        }
        assert_eq!((Code::parse("off"), Severity::parse("off")), (None, None));
        assert!(Severity::Hint < Severity::Error);
    }
}
