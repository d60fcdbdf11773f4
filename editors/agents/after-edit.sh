#!/bin/sh
# A hook for coding agents: after an edit, says what is wrong with the increment that was edited.
#
# The agent's message comes on standard input, as JSON with the edited file as `file_path`. Exit code 2 hands what is on
# standard error to the agent; 0 says nothing.
edited=$(sed -n 's/.*"file_path"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' | head -n 1)
case $edited in
  */.specweave/increments/[_.]*) exit 0 ;; # an archive
  */.specweave/increments/*/*) ;;
  *) exit 0 ;;
esac
project=${edited%/.specweave/increments/*}
id=${edited#"$project/.specweave/increments/"}
findings=$(cd "$project" && specweave-lsp check --format json "${id%%/*}" 2>&1) && exit 0
printf '%s\n' "specweave-lsp: the increment you edited is not in order. Its two statuses must agree; \`specweave-lsp set\` and" \
  "\`specweave-lsp close\` change both. Findings:" "$findings" >&2
exit 2
