//! Rows of `session_events`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub position: i64,
    pub session_id: Uuid,
    pub sequence: i64,
    pub event_id: Uuid,
    #[sea_orm(column_name = "type")]
    pub event_type: String,
    pub data: String,
    pub occurred_at: i64,
    pub stored_at: i64,
    pub revokes: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
