//! YAML text -> a tree with byte spans, its scalars' values, and what SpecWeave's reader does not take of it.

pub mod scalar;
mod tree;
mod unsupported;

pub use tree::{MappingEntry, Node, NodeId, NodeKind, Tree, parse, trim_end};
pub use unsupported::problems;
