//! `/api/bookings`: MENTORING sessions under the name that mentees know.

mod create_booking;
mod list_bookings;

#[cfg(test)]
pub(super) use create_booking::CreateBookingRequest;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config.service(create_booking::create_booking).service(list_bookings::list_bookings);
}
