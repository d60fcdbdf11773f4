//! What can be wrong with a file, with the data that a message needs. The sentences are made in `rules`.

use crate::model::parse::text::Span;

/// Something that is wrong in a file, and the bytes it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub span: Span,
    pub kind: ProblemKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// A marker that git leaves where it could not merge.
    MergeConflict,
    /// So many bytes that are not UTF-8, where the file's meaning depends on them.
    NotUtf8(usize),
    /// A second `status` on the top level.
    DuplicateStatus,
    /// Frontmatter without a closing fence.
    FrontmatterNotClosed,
    /// Frontmatter in a language that is not read: the word behind the opening fence.
    FrontmatterLanguage(String),
    /// No reader of YAML takes it.
    Yaml(YamlError),
    /// Valid YAML, or nearly so, on which SpecWeave's reader fails.
    UnsupportedYaml(UnsupportedYaml),
    Json(JsonError),
}

#[derive(Clone, Debug, PartialEq)]
pub enum YamlError {
    /// What the parser says.
    Syntax(String),
    /// A byte-order mark that is not at the start of the file.
    InnerByteOrderMark,
    SecondDocument,
    /// Something behind the `...` that ends a document.
    AfterDocumentEnd,
}

#[derive(Clone, Debug, PartialEq)]
pub enum UnsupportedYaml {
    /// An anchor or tag without a value, before another one.
    PropertyWithoutValue,
    /// An anchor or tag before the first key of a mapping.
    PropertyBeforeFirstKey,
    /// An anchor or tag that is indented further than what it belongs to.
    PropertyIndented,
    /// An alias of a value that is not written.
    AliasOfNothing,
    UnknownTag(String),
    /// The value does not match its tag, which is named without `!!`.
    TagMismatch(String),
    /// `<<` with something else than a mapping or a list of mappings.
    MergeOfOther,
    TooManyMerges,
    DuplicateKey(String),
    MissingKey,
    /// In a flow mapping, the `:` is on another line than its key.
    ColonOnOtherLine,
    /// A key that is a list of lists.
    NestedListAsKey,
    /// The whole is something else than a mapping: what it is.
    NotAMapping(&'static str),
    ControlCharacter,
    /// A `?` alone in a flow collection.
    BareQuestionMark,
    TextAfterComment,
    /// A text in a flow collection that continues on a line that is not indented.
    TextNotIndented,
    TabBeforeFirstKey,
}

#[derive(Clone, Debug, PartialEq)]
pub enum JsonError {
    /// What the parser says.
    Syntax(String),
    /// Nested deeper than this many levels.
    TooDeep(usize),
    ByteOrderMark,
    Empty,
    /// The whole is something else than an object: what it is.
    NotAnObject(&'static str),
}

impl Problem {
    pub fn new(kind: ProblemKind, span: Span) -> Problem {
        Problem { span, kind }
    }

    /// About the bytes at the offsets `bad` that lie `within`: the first of them is marked.
    pub fn not_utf8(bad: &[usize], within: &Span) -> Option<Problem> {
        let mut inside = bad.iter().copied().filter(|at| within.contains(at));
        let first = inside.next()?;
        Some(Problem::new(ProblemKind::NotUtf8(1 + inside.count()), first..first + 1))
    }
}
