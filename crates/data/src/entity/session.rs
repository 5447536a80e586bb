//! Rows of `sessions`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub status: String,
    pub title: String,
    pub description: Option<String>,
    pub created_by: String,
    pub scheduled_at: i64,
    pub rescheduled_at: i64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub end_reason: Option<String>,
    pub duration_min: i32,
    pub time_zone: String,
    pub max_participants: i32,
    pub admission: String,
    pub microphone: bool,
    pub camera: bool,
    pub screen_share: bool,
    pub class_id: Option<Uuid>,
    pub class_type: Option<String>,
    pub class_name: Option<String>,
    pub teacher_id: Option<String>,
    pub first_connected_at: Option<i64>,
    pub version: i64,
    pub last_sequence: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
