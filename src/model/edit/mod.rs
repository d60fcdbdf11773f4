//! Goal -> the smallest edit of the bytes. Every candidate is read back before it is offered: an edit that would
//! not give the goal is never made.

mod error;
mod json;
pub mod members;
mod set_status;
mod text_edit;

pub use error::EditError;
pub use set_status::set_status;
pub use text_edit::{Edit, between};
