//! Files: read no further than needed, and written so that they survive a crash.

pub mod atomic;
pub mod error;
pub mod flush;
pub mod has_folder;
pub mod held;
pub mod path_map;
pub mod paths;
pub mod poll;
pub mod reader;
pub mod writable;
