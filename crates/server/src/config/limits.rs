//! `[limits]`: rates per node.

use super::reader::Reader;
use super::table;
use super::value::Rate;

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct LimitsConfig {
    pub(crate) session_creation: Rate,
    pub(crate) sign_in: Rate,
    pub(crate) sign_in_address: Rate,
    pub(crate) api: Rate,
    pub(crate) api_address: Rate,
    pub(crate) socket_messages: Rate,
    pub(crate) doors: Rate,
}

impl LimitsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            session_creation: reader.rate(&table::RATE_LIMIT_SESSION_CREATION),
            sign_in: reader.rate(&table::RATE_LIMIT_SIGN_IN),
            sign_in_address: reader.rate(&table::RATE_LIMIT_SIGN_IN_ADDRESS),
            api: reader.rate(&table::RATE_LIMIT_API),
            api_address: reader.rate(&table::RATE_LIMIT_API_ADDRESS),
            socket_messages: reader.rate(&table::RATE_LIMIT_SOCKET_MESSAGES),
            doors: reader.rate(&table::RATE_LIMIT_DOORS),
        }
    }
}
