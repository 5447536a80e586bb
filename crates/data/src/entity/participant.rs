//! Rows of `session_participants`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_participants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub session_id: Uuid,
    pub user_id: String,
    pub role: String,
    pub status: String,
    pub admitted: bool,
    pub holds_user_id: Option<String>,
    pub joined_at: Option<i64>,
    pub left_at: Option<i64>,
    pub last_seen_at: Option<i64>,
    pub denied_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
