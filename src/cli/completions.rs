//! `specweave-lsp completions`: what a shell needs to complete our commands.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::console::{CommandResult, Verdict, print};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bash:  source <(specweave-lsp completions bash)                                      in ~/.bashrc
  zsh:   source <(specweave-lsp completions zsh)                                       in ~/.zshrc, after compinit
  fish:  specweave-lsp completions fish > ~/.config/fish/completions/specweave-lsp.fish")]
pub struct CompletionsArgs {
    /// The shell to complete for
    shell: Shell,
}

/// `command` is the whole command line, described by clap.
pub fn run(args: &CompletionsArgs, mut command: Command) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "specweave-lsp", &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete 4.6 takes the hyphen of our name for a step to a subcommand, in one half of its script for bash: it would
    // complete nothing behind a subcommand.
    print(script.replace("specweave__subcmd__lsp", "specweave__lsp"))?;
    Ok(Verdict::Fine)
}
