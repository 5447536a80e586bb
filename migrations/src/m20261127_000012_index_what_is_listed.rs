//! What is asked for again and again is found by an index, so that it costs what it gives and not what the platform has:
//! the sessions and sign-ins of a user, the open ones among all sessions, and what is still connected.

use sea_orm_migration::prelude::*;

use crate::execute_all;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The builder does not know conditions of an index; both databases know this text. On PostgreSQL others can read
        // while an index is built, and not from the first DROP on.
        let statements = [
            "CREATE INDEX idx_sessions_created_by_id ON sessions (created_by, id)",
            "CREATE INDEX idx_sessions_teacher_id_status ON sessions (teacher_id, status)",
            "CREATE INDEX idx_sessions_status_id ON sessions (status, id)",
            // Most sessions of some platforms have no class, from which SQLite's planner would conclude that a class has
            // most sessions.
            "CREATE INDEX idx_sessions_class_id_id ON sessions (class_id, id) WHERE class_id IS NOT NULL",
            "CREATE INDEX idx_session_participants_user_id_session_id_status \
             ON session_participants (user_id, session_id, status)",
            "CREATE INDEX idx_livekit_participants_in_room ON livekit_participants (session_id) WHERE left_at IS NULL",
            "CREATE INDEX idx_livekit_rooms_open ON livekit_rooms (session_id) \
             WHERE sid IS NOT NULL AND finished_at IS NULL",
            "CREATE INDEX idx_room_connections_open ON room_connections (room_id) WHERE closed_at IS NULL",
            "CREATE INDEX idx_refresh_tokens_open ON refresh_tokens (user_id) \
             WHERE spent_at IS NULL AND revoked_at IS NULL",
            "DROP INDEX idx_sessions_created_by",
            "DROP INDEX idx_sessions_teacher_id",
            "DROP INDEX idx_sessions_class_id",
            "DROP INDEX idx_session_participants_user_id",
        ];
        execute_all(manager, &statements).await
    }
}
