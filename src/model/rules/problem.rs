//! A problem that parsing found -> the rule it breaks, and its sentence.

use crate::model::parse::{JsonError, ProblemKind, UnsupportedYaml, YamlError};
use crate::model::rules::code::Code;
use crate::model::status::Side;

/// The rule that a problem in the file of this side breaks.
pub fn code(side: Side, problem: &ProblemKind) -> Code {
    match (problem, side) {
        (ProblemKind::NotUtf8(_), _) => Code::UnreadableFile,
        (ProblemKind::DuplicateStatus, _) => Code::DuplicateKey,
        (_, Side::Spec) => Code::InvalidFrontmatter,
        (_, Side::Metadata) => Code::InvalidMetadata,
    }
}

/// What is wrong and what to do about it, in one or two sentences.
pub fn message(side: Side, problem: &ProblemKind) -> String {
    match problem {
        ProblemKind::MergeConflict => {
            "Unresolved merge conflict; choose one side and remove the conflict markers.".to_owned()
        }
        ProblemKind::NotUtf8(1) => "1 byte here is not UTF-8; save the file as UTF-8.".to_owned(),
        ProblemKind::NotUtf8(count) => format!("{count} bytes from here on are not UTF-8; save the file as UTF-8."),
        ProblemKind::DuplicateStatus => match side {
            Side::Spec => "Duplicate key `status`; remove one of the two.".to_owned(),
            Side::Metadata => {
                "Duplicate key `status`; JSON readers silently use the last one. Remove one of the two.".to_owned()
            }
        },
        ProblemKind::FrontmatterNotClosed => {
            "The frontmatter is not closed; add a line `---` after its last key.".to_owned()
        }
        ProblemKind::FrontmatterLanguage(word) => language(word),
        ProblemKind::Yaml(error) => format!("The frontmatter is not valid YAML: {}.", yaml(error)),
        ProblemKind::UnsupportedYaml(problem) => {
            format!("SpecWeave cannot read the frontmatter: {}.", unsupported(problem))
        }
        ProblemKind::Json(error) => json(side, error),
    }
}

fn language(word: &str) -> String {
    if word.to_lowercase().starts_with("js") || word.eq_ignore_ascii_case("javascript") {
        "The frontmatter is marked as JavaScript, which is never run here; write it as YAML after a plain `---`."
            .to_owned()
    } else {
        format!(
            "The frontmatter is marked as `{word}`, which SpecWeave cannot read; write it as YAML after a plain `---`."
        )
    }
}

/// A clause. The names in it are quoted as the YAML parser quotes them in its own messages.
fn yaml(error: &YamlError) -> &str {
    match error {
        YamlError::Syntax(said) => said,
        YamlError::InnerByteOrderMark => "a byte-order mark is allowed only at the start of the file",
        YamlError::SecondDocument => "a second YAML document starts here",
        YamlError::AfterDocumentEnd => "unexpected content after the '...' that ends the YAML document",
    }
}

fn unsupported(problem: &UnsupportedYaml) -> String {
    let said = match problem {
        UnsupportedYaml::PropertyWithoutValue => "an anchor or tag without a value comes before another one",
        UnsupportedYaml::PropertyBeforeFirstKey => "an anchor or tag before the first key of a mapping",
        UnsupportedYaml::PropertyIndented => "an anchor or tag is indented further than its value",
        UnsupportedYaml::AliasOfNothing => "an alias refers to an empty value",
        UnsupportedYaml::UnknownTag(tag) => return format!("unknown tag '{tag}'"),
        UnsupportedYaml::TagMismatch(name) => return format!("the value does not match its tag '!!{name}'"),
        UnsupportedYaml::MergeOfOther => "'<<' can only merge a mapping or a list of mappings",
        UnsupportedYaml::TooManyMerges => "'<<' merges too many mappings",
        UnsupportedYaml::DuplicateKey(name) => return format!("duplicate key '{name}'"),
        UnsupportedYaml::MissingKey => "missing key before ':'",
        UnsupportedYaml::ColonOnOtherLine => "the ':' is not on the same line as its key",
        UnsupportedYaml::NestedListAsKey => "a key is a list of lists",
        UnsupportedYaml::NotAMapping(kind) => return format!("expected keys with values, found {kind}"),
        UnsupportedYaml::ControlCharacter => "it contains a control character",
        UnsupportedYaml::BareQuestionMark => "unexpected '?' in a list or mapping",
        UnsupportedYaml::TextAfterComment => "a multi-line text is interrupted by a comment",
        UnsupportedYaml::TextNotIndented => "a multi-line text in a list or mapping is not indented",
        UnsupportedYaml::TabBeforeFirstKey => "a tab before the first key; indent with spaces",
    };
    said.to_owned()
}

fn json(side: Side, error: &JsonError) -> String {
    let whole = match side {
        Side::Spec => "The frontmatter",
        Side::Metadata => "The file",
    };
    match error {
        JsonError::Syntax(said) => format!("{whole} is not valid JSON: {said}."),
        JsonError::TooDeep(limit) => format!("The JSON is nested more than {limit} levels deep."),
        JsonError::ByteOrderMark => {
            format!("{whole} starts with a byte-order mark, which JSON does not allow; save it without one.")
        }
        JsonError::Empty => format!("{whole} is empty; it must be a JSON object."),
        JsonError::NotAnObject(kind) => format!("{whole} is {kind}; it must be a JSON object."),
    }
}
