//! Rows of `room_members`.

use sea_orm::entity::prelude::*;

#[expect(clippy::struct_excessive_bools, reason = "these are columns, and independent of each other")]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "room_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub room_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: String,
    pub is_host: bool,
    pub status: Option<String>,
    pub may_share: bool,
    pub audio: bool,
    pub video: bool,
    pub entered_at: i64,
    pub denied_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
