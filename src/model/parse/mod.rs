//! Texts of an increment -> what they hold, with the place of each thing.

pub mod ledger;
pub mod verification;
pub mod work;
