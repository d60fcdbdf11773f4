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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse::{metadata, spec};

    /// `code: sentence` of the first problem.
    fn first(side: Side, bytes: &[u8]) -> String {
        let parsed = match side {
            Side::Spec => spec::read(bytes),
            Side::Metadata => metadata::read(bytes),
        };
        let problem = parsed.problems.first().expect("a problem");
        format!("{}: {}", code(side, &problem.kind), message(side, &problem.kind))
    }

    #[test]
    fn frontmatter_that_nobody_can_read() {
        for (text, expected) in [
            ("---\n<<<<<<< HEAD\n---\n", "Unresolved merge conflict; choose one side and remove the conflict markers."),
            ("---\nstatus: a\n", "The frontmatter is not closed; add a line `---` after its last key."),
            (
                "---js\n---\n",
                "The frontmatter is marked as JavaScript, which is never run here; write it as YAML after a plain `---`.",
            ),
            (
                "---JavaScript\n---\n",
                "The frontmatter is marked as JavaScript, which is never run here; write it as YAML after a plain `---`.",
            ),
            (
                "---toml\n---\n",
                "The frontmatter is marked as `toml`, which SpecWeave cannot read; write it as YAML after a plain `---`.",
            ),
            (
                "---\n# c\n\u{feff} a: b\n---\n",
                "The frontmatter is not valid YAML: a byte-order mark is allowed only at the start of the file.",
            ),
            (
                "---\na: b\n...\n...\n---\n",
                "The frontmatter is not valid YAML: unexpected content after the '...' that ends the YAML document.",
            ),
            ("---\na: b\n...\nc: d\n---\n", "The frontmatter is not valid YAML: a second YAML document starts here."),
            ("---json\n[]\n---\n", "The frontmatter is a list; it must be a JSON object."),
        ] {
            let found = first(Side::Spec, text.as_bytes());
            assert_eq!(found, format!("invalid-frontmatter: {expected}"), "{text:?}");
        }
        assert_eq!(
            first(Side::Spec, b"---\nstatus: a\nstatus: b\n---\n"),
            "duplicate-key: Duplicate key `status`; remove one of the two."
        );
        assert_eq!(
            first(Side::Spec, b"---\nstatus: a\xff\n---\n"),
            "unreadable-file: 1 byte here is not UTF-8; save the file as UTF-8."
        );
        assert!(
            first(Side::Spec, b"---\nstatus: @x\n---\n")
                .starts_with("invalid-frontmatter: The frontmatter is not valid YAML: ")
        );
    }

    #[test]
    fn yaml_that_specweave_cannot_read() {
        for (inner, expected) in [
            ("x: &a\n&b y: z", "an anchor or tag without a value comes before another one"),
            ("&a status: active", "an anchor or tag before the first key of a mapping"),
            ("  !!map\na: b", "an anchor or tag is indented further than its value"),
            ("x: &a\nstatus: *a", "an alias refers to an empty value"),
            ("x: !y z", "unknown tag '!y'"),
            ("x: !!int a", "the value does not match its tag '!!int'"),
            ("<<: x", "'<<' can only merge a mapping or a list of mappings"),
            ("x: a\nx: b", "duplicate key 'x'"),
            (": x", "missing key before ':'"),
            ("{\"status\"\n: active}", "the ':' is not on the same line as its key"),
            ("? [a, [b]]\n: x", "a key is a list of lists"),
            ("- a", "expected keys with values, found a list"),
            ("x: [?]", "unexpected '?' in a list or mapping"),
            ("status: active\n\t# c\n  more", "a multi-line text is interrupted by a comment"),
            ("x: [a\nb]", "a multi-line text in a list or mapping is not indented"),
            ("\tstatus: active", "a tab before the first key; indent with spaces"),
        ] {
            let found = first(Side::Spec, format!("---\n{inner}\n---\n").as_bytes());
            assert_eq!(
                found,
                format!("invalid-frontmatter: SpecWeave cannot read the frontmatter: {expected}."),
                "{inner:?}"
            );
        }
        let many = format!("---\na: &a {{}}\n<<: [{}]\n---\n", vec!["*a"; 101].join(", "));
        assert!(first(Side::Spec, many.as_bytes()).ends_with("'<<' merges too many mappings."));
    }

    #[test]
    fn metadata_that_nobody_can_read() {
        for (text, expected) in [
            (
                "{\n<<<<<<< HEAD\n}",
                "invalid-metadata: Unresolved merge conflict; choose one side and remove the conflict markers.",
            ),
            (
                r#"{"status": "a", "status": "b"}"#,
                "duplicate-key: Duplicate key `status`; JSON readers silently use the last one. Remove one of the two.",
            ),
            ("{x}", "invalid-metadata: The file is not valid JSON: key must be a string."),
            ("", "invalid-metadata: The file is empty; it must be a JSON object."),
            ("null", "invalid-metadata: The file is null; it must be a JSON object."),
            (
                "\u{feff}{}",
                "invalid-metadata: The file starts with a byte-order mark, which JSON does not allow; save it without one.",
            ),
        ] {
            assert_eq!(first(Side::Metadata, text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(
            first(Side::Metadata, "[".repeat(513).as_bytes()),
            "invalid-metadata: The JSON is nested more than 512 levels deep."
        );
        assert_eq!(
            first(Side::Metadata, b"{\"a\": \"\xff\xfe\"}"),
            "unreadable-file: 2 bytes from here on are not UTF-8; save the file as UTF-8."
        );
    }
}
