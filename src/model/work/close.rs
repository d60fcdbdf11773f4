//! Whether what is done allows an increment to be closed.

use super::types::{Count, Disagreement, Progress, Work};

impl Work {
    /// What keeps the increment from being closed: `1 of 4 tasks are open`.
    pub fn blocks_close(&self) -> Option<String> {
        let Progress { tasks, criteria, .. } = self.progress;
        let part = |count: Count, what: &str| {
            (count.open() > 0).then(|| format!("{} of {} {what} are open", count.open(), count.total))
        };
        let verification = || {
            let found = self.verification.as_ref().filter(|_| self.generation.has_ledger())?;
            if found.ok != Some(true) {
                return Some("reports/verify.json does not say ok".to_owned());
            }
            self.has_stale_verification().then(|| "reports/verify.json is out of date".to_owned())
        };
        let open = match self.progress.open_work() {
            Some(open) => Some(open),
            None => part(tasks, "tasks").or_else(|| part(criteria, "acceptance criteria")),
        };
        let blocks: Vec<String> = open.into_iter().chain(verification()).collect();
        (!blocks.is_empty()).then(|| blocks.join("; "))
    }

    fn has_stale_verification(&self) -> bool {
        self.disagreements.iter().any(|found| matches!(found, Disagreement::StaleVerification { .. }))
    }

    /// Something was to be done, and all of it is; where there is a ledger, a verification says so too.
    pub fn is_ready_to_close(&self) -> bool {
        let Progress { tasks, criteria, .. } = self.progress;
        let verified = !self.generation.has_ledger() || self.verification.is_some();
        tasks.done > 0 && tasks.open() + criteria.open() == 0 && verified && self.blocks_close().is_none()
    }
}
