# For the scripts beside it: sets `program` to what SPECWEAVE_LSP names (from the project's folder; one as it is released, say), or to the release build.
program=${SPECWEAVE_LSP:+$(realpath "$SPECWEAVE_LSP")}
if [ -z "$program" ]; then
  cargo build --release --locked --quiet
  program=$PWD/target/release/specweave-lsp
fi
