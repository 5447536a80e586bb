//! The envelope of endpoints whose clients want one around every answer.

use serde::Serialize;
use utoipa::ToSchema;

/// Says that it worked, around what came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    /// Always `true`; a refusal has `false`.
    #[schema(example = true)]
    success: bool,
    /// What came of it.
    data: T,
}

impl<T> Envelope<T> {
    pub(crate) fn of(data: T) -> Self {
        Self { success: true, data }
    }
}
