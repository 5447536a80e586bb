//! Rows of `jobs`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub unique_key: Option<String>,
    pub payload: String,
    pub run_at: i64,
    pub attempts: i32,
    pub locked_until: Option<i64>,
    pub lock_token: Option<Uuid>,
    pub last_error: Option<String>,
    pub dead_at: Option<i64>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
