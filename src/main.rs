use specweave_lsp::server::transport::{self, Channel};
fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    transport::serve(Channel::Stdio).ok();
}
