//! The keys of the OIDC issuer: fetched when needed, kept while they serve.

mod fetch;
mod keys;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use jsonwebtoken::Algorithm;
use mockly_domain::{ErrorCode, Timestamp};

use super::refusal::invalid;
use super::settings::OidcSettings;
use crate::ServiceError;
use crate::error::Refused;
use fetch::{FetchError, Fetcher};
use keys::{Key, KeySet};

/// The issuer, its keys as they are known, and how to get them.
///
/// Nothing runs in the background. Keys that serve are given at once; when they are older than 10 min, the request that
/// notices fetches them anew and everyone else goes on with what there is. A key id that is not known makes its request
/// wait for a fetch, of which there is one in 10 s at most. While the issuer is away, known keys serve for 24 h.
///
/// A token without a key id is held against all keys of its algorithm; an issuer that names none and replaces its key
/// is therefore noticed within those 10 min only.
pub(super) struct OidcIssuer {
    settings: OidcSettings,
    fetcher: Arc<Fetcher>,
    known: Arc<ArcSwapOption<Known>>,
    last_attempt: Mutex<Option<Attempt>>,
}

/// The last keys that could be had.
struct Known {
    keys: KeySet,
    fetched_at: Timestamp,
}

/// A fetch, under way or done. It is shared, so that it belongs to none of the requests that wait for it: any of them
/// may be given up without spoiling it for the others.
#[derive(Clone)]
struct Attempt {
    began_at: Timestamp,
    outcome: Shared<BoxFuture<'static, Result<Arc<Known>, Arc<FetchError>>>>,
}

impl OidcIssuer {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where the issuer is no URL that may be asked.
    pub(super) fn new(settings: &OidcSettings) -> Result<Self, ServiceError> {
        Ok(Self {
            settings: settings.clone(),
            fetcher: Arc::new(Fetcher::new(settings)?),
            known: Arc::default(),
            last_attempt: Mutex::default(),
        })
    }

    pub(super) fn settings(&self) -> &OidcSettings {
        &self.settings
    }

    /// The keys that a token with this header may be signed with; at least one.
    ///
    /// # Errors
    /// `invalid-token` where the issuer has no such key, `unavailable` where it cannot be asked.
    pub(super) async fn keys(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Vec<Arc<Key>>, ServiceError> {
        let known = self.known.load_full().filter(|known| now.since(known.fetched_at) < self.settings.keys_usable_for);
        let serving = known.as_ref().map(|known| known.keys.matching(kid, algorithm)).unwrap_or_default();
        let fresh = known.is_some_and(|known| now.since(known.fetched_at) < self.settings.keys_fresh_for);
        if fresh && !serving.is_empty() {
            return Ok(serving);
        }
        let (attempt, ours) = self.attempt(now);
        if !ours && !serving.is_empty() {
            return Ok(serving);
        }
        match attempt.outcome.await {
            Ok(fetched) => {
                let found = fetched.keys.matching(kid, algorithm);
                if found.is_empty() { Err(invalid("The token's key is none of the issuer's.")) } else { Ok(found) }
            }
            Err(_away) if !serving.is_empty() => Ok(serving),
            Err(_away) => {
                let over = attempt.began_at.plus(self.settings.refresh_interval_min);
                Err(away(over.since(now).max(Duration::from_secs(1))))
            }
        }
    }

    /// The last fetch where it is too young for another, else a new one; and whether it is new.
    fn attempt(&self, now: Timestamp) -> (Attempt, bool) {
        let mut last = self.last_attempt.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempt) = &*last
            && now.since(attempt.began_at) < self.settings.refresh_interval_min
        {
            return (attempt.clone(), false);
        }
        let (fetcher, known, timeout) =
            (Arc::clone(&self.fetcher), Arc::clone(&self.known), self.settings.fetch_timeout);
        let outcome = async move {
            let fetched = tokio::time::timeout(timeout, fetcher.fetch()).await;
            match fetched.unwrap_or(Err(FetchError::Late(timeout))) {
                Ok(keys) => {
                    let fetched = Arc::new(Known { keys, fetched_at: now });
                    known.store(Some(Arc::clone(&fetched)));
                    Ok(fetched)
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the OIDC issuer's keys cannot be had");
                    Err(Arc::new(error))
                }
            }
        };
        let attempt = Attempt { began_at: now, outcome: outcome.boxed().shared() };
        *last = Some(attempt.clone());
        (attempt, true)
    }
}

fn away(retry_after: Duration) -> ServiceError {
    let mut refused = Refused::new(
        ErrorCode::Unavailable,
        "The keys of the OIDC issuer cannot be had at the moment, so its tokens cannot be checked; try again soon.",
    );
    refused.retry_after = Some(retry_after);
    ServiceError::Refused(Box::new(refused))
}
