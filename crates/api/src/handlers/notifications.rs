//! `/api/notifications`, and how many hear them over Socket.IO.

mod list_notifications;
mod mark_all_notifications_read;
mod mark_notification_read;
mod notification_response;
mod read_websocket_stats;
mod send_notification;

#[cfg(test)]
pub(super) use send_notification::SendNotificationRequest;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(send_notification::send_notification)
        .service(list_notifications::list_notifications)
        .service(mark_all_notifications_read::mark_all_notifications_read)
        .service(mark_notification_read::mark_notification_read)
        .service(read_websocket_stats::read_websocket_stats);
}
