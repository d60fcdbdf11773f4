//! What the words mean. Pure: text in, values out; no file, no clock, no LSP type.

pub mod edits;
pub mod findings;
pub mod frontmatter;
pub mod generation;
pub mod half_typed;
pub mod increment;
pub mod members;
pub mod metadata;
pub mod outline;
pub mod parse;
pub mod plain_frontmatter;
pub mod plain_json;
pub mod progress;
pub mod reading;
pub mod status;
pub mod transition;
pub mod work;
pub mod yaml;
pub mod yaml_scalar;
