//! tasks.md and spec.md -> how much of an increment is done.

use serde::Serialize;

/// Something to be ticked off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub done: usize,
    pub total: usize,
}

impl Count {
    pub fn open(self) -> usize {
        self.total - self.done
    }

    /// `3/4 tasks`; nothing where nothing is counted.
    pub fn of(self, what: &str) -> Option<String> {
        (self.total > 0).then(|| format!("{}/{} {what}", self.done, self.total))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub tasks: Count,
    pub criteria: Count,
}

impl Progress {
    /// `2 tasks open, 1 AC open`, or nothing: for a title.
    pub fn open_in_short(self) -> Option<String> {
        let part = |count: Count, what: &str| {
            let plural = if count.open() == 1 { "" } else { "s" };
            (count.open() > 0).then(|| format!("{} {what}{plural} open", count.open()))
        };
        let parts: Vec<String> = [part(self.tasks, "task"), part(self.criteria, "AC")].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// `2 of 5 tasks and 1 of 3 acceptance criteria are open`, or nothing.
    pub fn open_work(self) -> Option<String> {
        let part = |count: Count, what: &str| {
            (count.open() > 0).then(|| format!("{} of {} {what}", count.open(), count.total))
        };
        let parts: Vec<String> =
            [part(self.tasks, "tasks"), part(self.criteria, "acceptance criteria")].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("{} are open", parts.join(" and ")))
    }
}

/// Counts the tasks of tasks.md and the acceptance criteria of spec.md.
pub fn count(tasks: &str, spec: &str) -> Progress {
    Progress { tasks: tasks_of(tasks), criteria: criteria_of(spec) }
}

/// Tasks are headings `## T-001` or `### T-001: …`; a task is done when its section says so.
pub fn tasks_of(text: &str) -> Count {
    let mut count = Count::default();
    let mut open_task = false;
    for line in text.lines() {
        if is_task_heading(line) {
            count.total += 1;
            open_task = true;
        } else if open_task && says_done(line) {
            count.done += 1;
            open_task = false;
        } else if ends_task(line) {
            open_task = false;
        }
    }
    count
}

pub(super) fn is_task_heading(line: &str) -> bool {
    let title = line.strip_prefix("###").or_else(|| line.strip_prefix("##")).map(str::trim_start);
    let digits = title.and_then(|title| title.strip_prefix("T-"));
    digits.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Other headings of a task's own level or below belong to it, as people write them.
pub(super) fn ends_task(line: &str) -> bool {
    line.starts_with("# ") || line.starts_with("## ")
}

pub(super) fn says_done(line: &str) -> bool {
    let after = |label: &str| line.find(label).map(|at| line[at + label.len()..].trim_start());
    line.starts_with("[x]")
        || after("**Status**:").is_some_and(|rest| rest.starts_with("[x]"))
        || after("**Completed**:").is_some_and(|rest| !rest.is_empty())
}

/// Criteria are the lines `- [ ] **AC-…` and `- [x] **AC-…`.
pub fn criteria_of(text: &str) -> Count {
    let mut count = Count::default();
    for done in text.lines().filter_map(criterion) {
        count.total += 1;
        count.done += usize::from(done);
    }
    count
}

/// Whether the criterion on this line is ticked off; `None` when there is none.
pub(super) fn criterion(line: &str) -> Option<bool> {
    let rest = line.trim_start().strip_prefix("- [")?;
    let done = rest.starts_with('x');
    (done || rest.starts_with(' ')).then_some(())?;
    rest[1..].starts_with("] **AC-").then_some(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_tasks_and_criteria() {
        let tasks = "# Tasks\n\n## T-001: a\n**User Story**: US-001 | **Status**: [x] completed\n\n### T-002: b\n[x] done\n\n\
                     ### T-003\n**Completed**: 2025-11-20\n\n### T-004: d\n**Status**: [ ] pending\n\n## Notes\n**Status**: [x]\n";
        assert_eq!(tasks_of(tasks), Count { done: 3, total: 4 });
        let spec = "- [x] **AC-US1-01**: a\n- [ ] **AC-US1-02**: b\n- [x] not one\n";
        assert_eq!(criteria_of(spec), Count { done: 1, total: 2 });
        assert_eq!(
            count(tasks, spec).open_work().as_deref(),
            Some("1 of 4 tasks and 1 of 2 acceptance criteria are open")
        );
    }
}
