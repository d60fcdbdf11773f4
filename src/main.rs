fn main() -> std::process::ExitCode {
    specweave_lsp::cli::app::run()
}
