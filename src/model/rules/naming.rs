//! What an increment is called: its name in the two files, and its number beside those of the others.

use crate::model::increment::{Increment, Source};
use crate::model::increment_number;
use crate::model::parse::Value;
use crate::model::rules::code::Code;
use crate::model::rules::finding::Finding;
use crate::model::rules::value::one_line;
use crate::model::status::Side;

/// The name in one file against the folder's.
pub fn id(increment: &Increment, side: Side, findings: &mut Vec<Finding>) {
    let Some(field) = &increment.file(side).parsed.name else { return };
    let Value::Text(text) = &field.value else { return };
    if names_folder(text, &increment.id) {
        return;
    }
    let key = if side == Side::Spec { "increment" } else { "id" };
    let message = format!("`{key}` is `{}`, but the folder is `{}`.", one_line(text), increment.id);
    findings.push(Finding::new(Code::IdMismatch, side, field.span.clone(), message));
}

/// The whole name, or the bare number with or without its letter.
fn names_folder(text: &str, id: &str) -> bool {
    let prefix = id.split('-').next().unwrap_or(id);
    let bare: Option<u64> = text.parse().ok();
    text == id || text == prefix || (bare.is_some() && bare == increment_number::of(id))
}

/// `same_number` holds the other increments with this one's number.
pub fn duplicate_number(increment: &Increment, same_number: &[String], findings: &mut Vec<Finding>) {
    if same_number.is_empty() || matches!(increment.spec.source, Source::Missing) {
        return;
    }
    let message = format!("{} has the same number as {}; renumber one of them.", increment.id, same_number.join(", "));
    findings.push(Finding::new(Code::DuplicateNumber, Side::Spec, increment.spec.first_line(), message));
}

/// SpecWeave checks such an increment; its commands want a number of four digits.
pub fn unnumbered(increment: &Increment, findings: &mut Vec<Finding>) {
    let digits = increment.id.bytes().take_while(u8::is_ascii_digit).count();
    if digits >= 4 && increment_number::of(&increment.id).is_some() {
        return;
    }
    let side = if matches!(increment.spec.source, Source::Missing) { Side::Metadata } else { Side::Spec };
    let message = format!("`{}` has no number; SpecWeave's commands expect a name like `0042-name`.", increment.id);
    findings.push(Finding::new(Code::UnnumberedIncrement, side, increment.file(side).first_line(), message));
}
