//! What is done once under an idempotency key, as its units of work see it.

tokio::task_local! {
    /// There while a request is done that may be sent again under its key.
    static UNDER_KEY: ();
}

/// Does what must be done once under a key: its commits find out what became of them where their answer is lost, so that
/// a failure means that nothing has happened, and whoever repeats the request may do it. Only where the database then
/// stays away for all of its timeout, nobody knows.
pub async fn under_key<T>(act: impl Future<Output = T>) -> T {
    UNDER_KEY.scope((), act).await
}

/// Whether this is done by [`under_key`].
pub(crate) fn is_under_key() -> bool {
    UNDER_KEY.try_with(|()| ()).is_ok()
}
