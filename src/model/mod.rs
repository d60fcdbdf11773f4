//! What SpecWeave's files say, what is wrong with them, and how to change them. Pure: text in, values out; no file, no
//! clock, no LSP type.

pub mod completion_context;
pub mod edit;
pub mod file_kind;
pub mod generation;
pub mod increment;
pub mod increment_number;
pub mod parse;
pub mod preference;
pub mod rules;
pub mod sort;
pub mod status;
pub mod transition;
pub mod work;
