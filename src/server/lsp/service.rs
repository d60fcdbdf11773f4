//! A layer around tower-lsp's service for what it leaves open: nothing is handled before `initialize` is answered, and
//! each message is handed over as it is read.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_lsp::ExitedError;
use tower_lsp::jsonrpc::{Error, Request, Response};
use tower_service::Service;

use crate::server::lsp::lenient;

type PendingAnswer = Pin<Box<dyn Future<Output = Result<Option<Response>, ExitedError>> + Send>>;

/// The messages of one client, in their order.
pub struct InOrder<S> {
    service: S,
    /// Until `initialize` is answered. A client need not wait for the answer.
    initializing: Option<oneshot::Receiver<()>>,
    shutdown: Arc<AtomicBool>,
    exit: Option<Box<dyn FnOnce() + Send>>,
}

impl<S> InOrder<S> {
    /// `exit` is called when the client says so; `shutdown` holds from the request of that name on.
    pub fn new(service: S, shutdown: Arc<AtomicBool>, exit: impl FnOnce() + Send + 'static) -> InOrder<S> {
        InOrder { service, initializing: None, shutdown, exit: Some(Box::new(exit)) }
    }
}

impl<S> Service<Request> for InOrder<S>
where
    S: Service<Request, Response = Option<Response>, Error = ExitedError>,
    S::Future: Send + 'static,
{
    type Response = Option<Response>;
    type Error = ExitedError;
    type Future = PendingAnswer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ExitedError>> {
        if let Some(initializing) = &mut self.initializing {
            match Pin::new(initializing).poll(context) {
                Poll::Ready(_) => self.initializing = None,
                Poll::Pending => return Poll::Pending,
            }
        }
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> PendingAnswer {
        match request.method() {
            // Not for tower-lsp, which would cancel the answer to a `shutdown` right before it.
            "exit" => {
                if let Some(exit) = self.exit.take() {
                    exit();
                }
                Box::pin(std::future::ready(Ok(None)))
            }
            "initialize" => {
                let (answered, initializing) = oneshot::channel();
                self.initializing = Some(initializing);
                let answer = started(self.service.call(understandable(request)));
                Box::pin(async move {
                    let answer = answer.await;
                    drop(answered);
                    answer
                })
            }
            "shutdown" => {
                self.shutdown.store(true, Ordering::Relaxed);
                started(self.service.call(without_params(request)))
            }
            // tower-lsp gives no answer to a request of this kind; the protocol wants one.
            method if method.starts_with("$/") && request.id().is_some() => {
                let error = Error { data: Some(method.into()), ..Error::method_not_found() };
                let (_, id, _) = request.into_parts();
                Box::pin(std::future::ready(Ok(id.map(|id| Response::from_error(id, error)))))
            }
            // Requests of our own need no params; tower-lsp's do.
            method if method.starts_with("specweave/") && request.params().is_none_or(Value::is_null) => {
                let (method, id, _) = request.into_parts();
                let request = Request::build(method).params(json!({}));
                started(self.service.call(id.into_iter().fold(request, |request, id| request.id(id)).finish()))
            }
            _ => started(self.service.call(request)),
        }
    }
}

/// Up to its first wait a handler runs before the next message is read: so changes stay in their order, whatever order
/// the answers are waited for in.
fn started(answer: impl Future<Output = Result<Option<Response>, ExitedError>> + Send + 'static) -> PendingAnswer {
    let mut answer: PendingAnswer = Box::pin(answer);
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Box::pin(std::future::ready(done)),
        Poll::Pending => answer,
    }
}

/// tower-lsp would refuse the session for one value that it does not know.
fn understandable(request: Request) -> Request {
    let (method, id, params) = request.into_parts();
    let (params, left_out) = lenient::initialize_params(params.unwrap_or_default());
    left_out.iter().for_each(|problem| tracing::warn!("left out of `initialize`: {problem}"));
    id.into_iter().fold(Request::build(method).params(params), |request, id| request.id(id)).finish()
}

/// `shutdown` takes no params; some clients send an empty object all the same (lsp-mode).
fn without_params(request: Request) -> Request {
    let (method, id, _) = request.into_parts();
    match id {
        Some(id) => Request::build(method).id(id).finish(),
        None => Request::build(method).finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers a request with its method's name, once it is told to.
    struct Echo(Option<oneshot::Receiver<()>>);

    impl Service<Request> for Echo {
        type Response = Option<Response>;
        type Error = ExitedError;
        type Future = PendingAnswer;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ExitedError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> PendingAnswer {
            let wait = self.0.take();
            let (method, id, params) = request.into_parts();
            assert!(method != "shutdown" || params.is_none());
            Box::pin(async move {
                if let Some(wait) = wait {
                    let _ = wait.await;
                }
                Ok(id.map(|id| Response::from_ok(id, method.to_string().into())))
            })
        }
    }

    fn poll<T>(poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Option<T> {
        match poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn request(method: &'static str) -> Request {
        Request::build(method).id(1).params(serde_json::json!({})).finish()
    }

    #[test]
    fn nothing_is_handled_before_initialize_is_answered() {
        let (go, wait) = oneshot::channel();
        let mut service = InOrder::new(Echo(Some(wait)), Arc::default(), || ());
        let mut first = service.call(request("initialize"));
        assert!(poll(|context| service.poll_ready(context)).is_none());
        go.send(()).unwrap();
        assert!(poll(|context| first.as_mut().poll(context)).unwrap().unwrap().unwrap().is_ok());
        assert!(poll(|context| service.poll_ready(context)).is_some());
    }

    #[test]
    fn what_tower_lsp_leaves_open() {
        let (exited, shutdown) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let exit = Arc::clone(&exited);
        let mut service = InOrder::new(Echo(None), Arc::clone(&shutdown), move || exit.store(true, Ordering::Relaxed));
        let mut answer = |request| poll(|context| service.call(request).as_mut().poll(context)).unwrap().unwrap();
        assert_eq!(answer(request("$/what")).unwrap().error().unwrap().code.code(), -32601);
        assert!(!shutdown.load(Ordering::Relaxed));
        assert!(answer(request("shutdown")).unwrap().is_ok());
        assert!(shutdown.load(Ordering::Relaxed) && !exited.load(Ordering::Relaxed));
        assert!(answer(Request::build("exit").finish()).is_none());
        assert!(exited.load(Ordering::Relaxed));
    }
}
