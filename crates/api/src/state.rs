//! What every handler shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web;
use metrics_exporter_prometheus::PrometheusHandle;
use mockly_service::Services;
use tokio_util::task::TaskTracker;

use crate::rate_limit::Limits;
use crate::routes::RouteTable;
use crate::settings::HttpSettings;

/// What every handler and middleware shares, over all workers.
pub struct ApiState {
    /// The use cases.
    pub services: Services,
    /// What the edge was told.
    pub settings: HttpSettings,
    pub(crate) limits: Limits,
    pub(crate) metrics: Option<PrometheusHandle>,
    pub(crate) routes: RouteTable,
    pub(crate) tasks: TaskTracker,
    draining: AtomicBool,
}

/// How handlers take it.
pub(crate) type State = web::Data<ApiState>;

impl ApiState {
    /// Gathers it. `metrics` renders what `/metrics` answers; `tasks` is waited for on shutdown.
    pub fn new(
        services: Services,
        settings: HttpSettings,
        metrics: Option<PrometheusHandle>,
        tasks: TaskTracker,
    ) -> Arc<Self> {
        let limits = Limits::new(&settings.rates);
        Arc::new(Self {
            services,
            settings,
            limits,
            metrics,
            routes: RouteTable::of(crate::openapi::DOCUMENT),
            tasks,
            draining: AtomicBool::new(false),
        })
    }

    /// Lets `/readyz` answer 503 from now on, so that a load balancer sends nobody here any more.
    pub fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// An id for a request that brought none.
    #[expect(clippy::disallowed_methods, reason = "a request id is only searched for in logs; no test foresees one")]
    pub(crate) fn new_request_id() -> String {
        uuid::Uuid::now_v7().to_string()
    }
}
