//! The commits of a history, and what their messages tell of who made them and how.

use std::collections::{HashMap, HashSet};

use crate::git::error::GitError;
use crate::git::repository::Repository;

#[derive(Debug)]
pub struct PastCommit {
    pub id: String,
    pub tree: String,
    pub author: String,
    pub email: String,
    /// When it was committed: ISO 8601 with the committer's offset.
    pub date: String,
    pub subject: String,
    /// `Co-authored-by: …` and its like, a line each.
    pub trailers: Vec<String>,
    /// Those before it, as indices.
    pub parents: Vec<usize>,
}

/// How coding agents sign: in an address, or a name of theirs as the first word. People have first names too, so only the
/// whole name of an agent counts where the trailer is one that people use.
const AGENTS: [&str; 14] = [
    "aider",
    "amp",
    "claude",
    "codex",
    "copilot",
    "cursor",
    "devin",
    "gemini",
    "goose",
    "jules",
    "kiro",
    "opencode",
    "openhands",
    "windsurf",
];
/// Domains that only agents write from.
const AGENT_DOMAINS: [&str; 4] = ["@anthropic.com", "@openai.com", "@cursor.com", "@aider.chat"];
/// People do not sign with these.
const AGENT_TRAILERS: [&str; 4] = ["assisted-by", "generated-by", "ai-assisted-by", "agent"];

impl PastCommit {
    /// The coding agents that the commit names, each once.
    pub fn agents(&self) -> Vec<String> {
        let signed = self.trailers.iter().filter_map(|trailer| {
            let (key, value) = trailer.split_once(':')?;
            let (name, address) = name_and_address(value);
            let is_agent = AGENT_TRAILERS.contains(&key.trim().to_lowercase().as_str()) || is_agent(name, address);
            (is_agent && !name.is_empty()).then(|| name.to_owned())
        });
        let author = is_agent(&self.author, &self.email).then(|| self.author.clone());
        let mut agents: Vec<String> = Vec::new();
        for agent in author.into_iter().chain(signed) {
            if !agents.contains(&agent) {
                agents.push(agent);
            }
        }
        agents
    }

    /// `merge`, `revert`, the type of a conventional commit (`feat`, `fix` …), or `other`.
    pub fn kind(&self) -> &str {
        if self.parents.len() > 1 {
            return "merge";
        }
        if self.subject.starts_with("Revert \"") {
            return "revert";
        }
        let Some((head, _)) = self.subject.split_once(": ") else { return "other" };
        let word = head.split(['(', '!']).next().unwrap_or_default();
        let rest = &head[word.len()..];
        let is_scope =
            rest.is_empty() || rest == "!" || rest.starts_with('(') && rest.trim_end_matches('!').ends_with(')');
        let is_type = !word.is_empty() && word.len() <= 12 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_type && is_scope { word } else { "other" }
    }
}

fn name_and_address(value: &str) -> (&str, &str) {
    match value.trim().split_once('<') {
        Some((name, address)) => (name.trim(), address.trim_end_matches('>')),
        None => (value.trim(), ""),
    }
}

fn is_agent(name: &str, address: &str) -> bool {
    let (name, address) = (name.to_lowercase(), address.to_lowercase());
    let first = name.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let says_agent = ["agent", "code", "bot", "cli", "ai", "swe"]
        .iter()
        .any(|word| name.split(|letter: char| !letter.is_alphanumeric()).any(|part| part == *word));
    let is_named = AGENTS.contains(&name.as_str()) || AGENTS.contains(&first) && says_agent;
    is_named
        || name.ends_with("(aider)")
        || AGENT_DOMAINS.iter().any(|domain| address.ends_with(domain))
        || AGENTS
            .iter()
            .any(|agent| address.starts_with(&format!("{agent}@")) || address.contains(&format!("+{agent}@")))
}

/// All commits that the one checked out comes from, parents before children.
pub fn all(repository: &Repository) -> Result<Vec<PastCommit>, GitError> {
    let trailers = "%(trailers:key=Co-authored-by,key=Assisted-by,key=Generated-by,key=AI-assisted-by,key=Agent,unfold,separator=%x1f)";
    let format = format!("--format=%H%x00%T%x00%P%x00%aN%x00%aE%x00%cI%x00%s%x00{trailers}");
    let args = [
        "-c",
        "log.showSignature=false",
        "log",
        "--no-follow",
        "--topo-order",
        "--reverse",
        "--encoding=UTF-8",
        &format,
        "HEAD",
        "--",
    ];
    let log = repository.ask(args)?;
    let log = String::from_utf8_lossy(&log);
    let mut commits: Vec<PastCommit> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for line in log.lines() {
        let parts: Vec<&str> = line.split('\0').collect();
        let [id, tree, parents, author, email, date, subject, trailers] = parts[..] else { continue };
        let mut seen = HashSet::new();
        let parents = parents.split(' ').filter_map(|parent| known.get(parent).copied());
        let parents: Vec<usize> = parents.filter(|parent| seen.insert(*parent)).collect();
        known.insert(id, commits.len());
        commits.push(PastCommit {
            id: id.to_owned(),
            tree: tree.to_owned(),
            author: author.to_owned(),
            email: email.to_owned(),
            date: date.to_owned(),
            subject: subject.to_owned(),
            trailers: trailers.split('\u{1f}').filter(|trailer| !trailer.is_empty()).map(str::to_owned).collect(),
            parents,
        });
    }
    Ok(commits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(author: &str, subject: &str, trailers: &[&str]) -> PastCommit {
        PastCommit {
            id: String::new(),
            tree: String::new(),
            author: author.to_owned(),
            email: "a@example.org".to_owned(),
            date: String::new(),
            subject: subject.to_owned(),
            trailers: trailers.iter().map(|trailer| (*trailer).to_owned()).collect(),
            parents: Vec::new(),
        }
    }

    #[test]
    fn agents_sign_and_people_do_not_become_one() {
        let agents = |author: &str, trailers: &[&str]| commit(author, "x", trailers).agents();
        assert_eq!(agents("Anna", &["Co-Authored-By: Claude <noreply@anthropic.com>"]), ["Claude"]);
        assert_eq!(agents("Anna", &["Co-authored-by: Claude Opus 4 <noreply@anthropic.com>"]), ["Claude Opus 4"]);
        assert_eq!(
            agents("Anna", &["Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>"]),
            ["Copilot"]
        );
        assert_eq!(agents("Anna", &["Assisted-by: Somebody's own agent"]), ["Somebody's own agent"]);
        assert_eq!(agents("Anna (aider)", &[]), ["Anna (aider)"]);
        assert_eq!(agents("copilot-swe-agent[bot]", &[]), ["copilot-swe-agent[bot]"]);
        assert_eq!(agents("Claude Monet", &["Co-authored-by: Jules Verne <jules.verne@example.org>"]), [""; 0]);
        assert_eq!(agents("Anna", &["Co-authored-by: Bob <bob@example.org>"]), [""; 0]);
    }

    #[test]
    fn kinds() {
        for (subject, kind) in [
            ("fix: it", "fix"),
            ("feat(api)!: it", "feat"),
            ("docs(a b): it", "docs"),
            ("Close it: now", "other"),
            ("Revert \"fix: it\"", "revert"),
            ("close 0047", "other"),
        ] {
            assert_eq!(commit("A", subject, &[]).kind(), kind, "{subject}");
        }
        assert_eq!(PastCommit { parents: vec![0, 1], ..commit("A", "fix: it", &[]) }.kind(), "merge");
    }
}
