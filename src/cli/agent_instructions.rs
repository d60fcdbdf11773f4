//! `specweave-lsp agent-instructions`: what an AGENTS.md or CLAUDE.md should say.

use crate::cli::console::{CommandResult, Verdict, print};

pub const EXAMPLES: &str = "Examples:
  specweave-lsp agent-instructions >> AGENTS.md";

/// Short, since an agent reads it at the start of each session; each line names one thing to do.
const INSTRUCTIONS: &str = "\
## SpecWeave increments (`.specweave/increments/`)
- An increment's status is in two places, the frontmatter of `spec.md` and `metadata.json`, and the two must be equal.
- Do not edit either by hand: `specweave-lsp set 0047 paused --reason \"why\"` changes both, or neither.
- When the work is done, run `specweave-lsp close 0047`. It refuses while tasks or acceptance criteria are open, and names them.
- Finish what it names. Do not pass `--force` unless the user asks for it.
- If the two statuses differ, run `specweave-lsp sync 0047 --from spec --yes`, or `--from metadata`: whichever is right.
- After editing files of an increment, run `specweave-lsp check 0047`; before a commit, `specweave-lsp check --staged`. Exit code 1 means findings.
- `specweave-lsp status` lists the open increments and how far they are.
- Leave the files in `.specweave/state/` alone.
- If `specweave-lsp` is not found, run it as `npx -y specweave-lsp`.
";

pub fn run() -> CommandResult {
    print(INSTRUCTIONS)?;
    Ok(Verdict::Fine)
}
