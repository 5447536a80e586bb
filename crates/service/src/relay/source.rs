//! What the relay needs to know of a table.

use std::ops::RangeInclusive;

use mockly_data::{ByPosition, DataError, NewRows};
use tokio::sync::Notify;

use crate::Services;

/// A table that is read by position.
pub(super) trait Source: Sync {
    /// What its rows are called in the log.
    const NAME: &'static str;

    /// A row, with whatever publishing it needs.
    type Row: Send;

    /// Rings when this node has stored rows.
    fn stored<'s>(&self, services: &'s Services) -> &'s Notify;

    /// Where the table is read.
    fn table<'s>(&self, services: &'s Services) -> impl ByPosition + Send + Sync + 's;

    /// The rows after `after` and those at `holes`, in the order of positions, at most `limit`.
    fn list_new(
        &self,
        services: &Services,
        after: i64,
        holes: &[RangeInclusive<i64>],
        limit: u64,
    ) -> impl Future<Output = Result<NewRows<Self::Row>, DataError>> + Send;

    /// Hands a row to the hub. Must not wait for anybody.
    fn publish(&self, services: &Services, row: Self::Row);

    /// A look at the table begins; what it returns is handed back at its end.
    fn begin_pass(&self, _services: &Services) -> u64 {
        0
    }

    /// Everything that was stored when the look began has been published.
    fn end_pass(&self, _services: &Services, _pass: u64) {}
}
