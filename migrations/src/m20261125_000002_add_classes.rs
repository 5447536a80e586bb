//! Classes with their students and invitations, which class a session belongs to, and whether a user's address is
//! confirmed.
//!
//! Everything is added, so that the code of the version before works on: new columns are nullable or have a default.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, string_len, string_len_null, text, text_null, uuid, uuid_null};

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Room for the longest user id, 128 Unicode scalar values.
const USER_ID_CHARS: u32 = 128;
/// Room for the longest name of an enum value.
const NAME_CHARS: u32 = 64;
/// Room for the longest e-mail address.
const EMAIL_CHARS: u32 = 320;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [classes(), class_students(), class_invitations()] {
            manager.create_table(table).await?;
        }
        // SQLite adds one column a statement.
        for column in session_columns() {
            let change = Table::alter().table(col("sessions")).add_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        let verified = boolean(col("email_verified")).default(false).to_owned();
        manager.alter_table(Table::alter().table(col("users")).add_column(verified).to_owned()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        // An enrolment by address looks its users up by it.
        manager
            .get_connection()
            .execute_unprepared("CREATE INDEX idx_users_lower_email ON users (lower(email))")
            .await?;
        Ok(())
    }
}

fn col(name: &'static str) -> Alias {
    Alias::new(name)
}

fn of_user(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(col(table), col(column)).to(col("users"), col("id")).to_owned()
}

/// Rows of `table` go with the class they belong to.
fn with_class(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(col(table), col("class_id"))
        .to(col("classes"), col("id"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn classes() -> TableCreateStatement {
    Table::create()
        .table(col("classes"))
        .col(uuid(col("id")).primary_key())
        .col(text(col("name")))
        .col(text_null(col("description")))
        .col(string_len(col("teacher_id"), USER_ID_CHARS))
        .col(big_integer(col("version")))
        .col(big_integer(col("created_at")))
        .col(big_integer(col("updated_at")))
        .foreign_key(&mut of_user("classes", "teacher_id"))
        .to_owned()
}

fn class_students() -> TableCreateStatement {
    Table::create()
        .table(col("class_students"))
        .col(uuid(col("class_id")))
        .col(string_len(col("user_id"), USER_ID_CHARS))
        .col(big_integer(col("enrolled_at")))
        .primary_key(Index::create().col(col("class_id")).col(col("user_id")))
        .foreign_key(&mut with_class("class_students"))
        .foreign_key(&mut of_user("class_students", "user_id"))
        .to_owned()
}

fn class_invitations() -> TableCreateStatement {
    Table::create()
        .table(col("class_invitations"))
        .col(uuid(col("id")).primary_key())
        .col(uuid(col("class_id")))
        .col(string_len(col("email"), EMAIL_CHARS))
        .col(big_integer(col("created_at")))
        .foreign_key(&mut with_class("class_invitations"))
        .to_owned()
}

/// No foreign key ties a session to its class: SQLite cannot add one to a table that is there. Whoever deletes a class
/// takes it out of its sessions, which keep its name.
fn session_columns() -> [ColumnDef; 4] {
    [
        uuid_null(col("class_id")),
        string_len_null(col("class_type"), NAME_CHARS),
        text_null(col("class_name")),
        string_len_null(col("teacher_id"), USER_ID_CHARS),
    ]
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("idx_{table}_{}", columns.join("_"))).table(col(table));
    for column in columns {
        index.col(col(column));
    }
    index
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("classes", &["teacher_id"]),
        index("class_students", &["user_id"]),
        index("class_invitations", &["class_id", "email"]).unique().to_owned(),
        index("class_invitations", &["email"]),
        index("sessions", &["class_id"]),
        index("sessions", &["teacher_id"]),
    ]
}
