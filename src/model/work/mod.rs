//! How much of an increment is done: its texts and its ledger, joined by the rules of its generation.

mod close;
mod disagreement;
mod joined;
mod known;
mod put_off;
mod read;
mod types;

#[cfg(test)]
mod tests;

pub use read::{ParsedTexts, count, read};
pub use types::{Count, Disagreement, OpenItem, OutdatedReport, Progress, Work, WorkFile, WorkPlace, WorkTexts};
