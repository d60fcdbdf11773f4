//! Text -> what it says: a parsed file with byte spans, and its problems. Parsing never fails and knows no rule.

mod file;
pub mod ledger;
pub mod member_name;
pub mod metadata;
pub mod plain_frontmatter;
mod problem;
pub mod spec;
mod text;
pub mod verification;
pub mod work;
pub mod yaml;

pub use file::{Field, ParsedFile, StatusField, Value};
pub use problem::{JsonError, Problem, ProblemKind, UnsupportedYaml, YamlError};
pub use text::{BOM, Span, conflict_marker, first_line, line_break, mask};
