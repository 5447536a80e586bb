//! The two bodies that name newcomers: JSON, and CSV (RFC 4180) with one a line.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::LocalBoxFuture;
use mockly_service::{EnrolEntry, Newcomer};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::extract::body;
use crate::extract::json;
use crate::problem::Problem;
use crate::state::State;
use mockly_domain::{ErrorCode, FieldError};

/// Most entries of one request.
const ENTRIES_MAX: usize = mockly_domain::class::ENROLMENTS_MAX;

/// Who is to be enrolled; at most 1,000 in both lists together.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnrolStudentsRequest {
    /// Users by id.
    #[serde(default)]
    #[schema(max_items = 1000)]
    user_ids: Vec<String>,
    /// Everyone else by address.
    #[serde(default)]
    #[schema(max_items = 1000)]
    emails: Vec<String>,
}

/// The entries of a body, whichever form it has.
pub(super) struct Newcomers(pub(super) Vec<EnrolEntry>);

impl FromRequest for Newcomers {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            body::require_type(&request, &["application/json", "text/csv"])?;
            let state = request.app_data::<State>().ok_or_else(|| Problem::hidden(ErrorCode::Internal, "no state"))?;
            let bytes = body::read(request.headers(), &mut payload, &state.settings).await?;
            let entries = if request.content_type().eq_ignore_ascii_case("text/csv") {
                of_csv(&bytes)?
            } else {
                of_json(json::parse(&bytes)?)
            };
            if entries.len() > ENTRIES_MAX {
                let message = format!("must have at most {ENTRIES_MAX} entries, and has {}", entries.len());
                return Err(json::invalid(vec![FieldError::new("userIds", message)]));
            }
            Ok(Self(entries))
        })
    }
}

fn of_json(body: EnrolStudentsRequest) -> Vec<EnrolEntry> {
    let users = body.user_ids.into_iter().map(Newcomer::UserId);
    let newcomers = users.chain(body.emails.into_iter().map(Newcomer::Email));
    newcomers.zip(1..).map(|(newcomer, line)| EnrolEntry { line, newcomer }).collect()
}

/// What the lines of a CSV hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    UserId,
    Email,
    /// No header: what has an `@` is an address.
    Either,
}

/// Reads one newcomer a line: the first field, quoted or not. A byte-order mark, CRLF, empty lines and a header line
/// (`userId` or `email`) are tolerated.
fn of_csv(bytes: &[u8]) -> Result<Vec<EnrolEntry>, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_malformed| Problem::new(ErrorCode::MalformedBody, "The body is not UTF-8."))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut column = Column::Either;
    let mut entries = Vec::new();
    for (row, line) in text.lines().zip(1..) {
        let field = first_field(row);
        if field.is_empty() {
            continue;
        }
        if line == 1 {
            match field.to_ascii_lowercase().as_str() {
                "userid" => column = Column::UserId,
                "email" => column = Column::Email,
                _ => {}
            }
            if column != Column::Either {
                continue;
            }
        }
        let is_email = column == Column::Email || (column == Column::Either && field.contains('@'));
        let newcomer = if is_email { Newcomer::Email(field) } else { Newcomer::UserId(field) };
        entries.push(EnrolEntry { line, newcomer });
    }
    Ok(entries)
}

/// The first field of a row, without its quotes. Ids and addresses have no line breaks, so a field ends with its row.
fn first_field(row: &str) -> String {
    let row = row.trim();
    let Some(quoted) = row.strip_prefix('"') else {
        return row.split(',').next().unwrap_or_default().trim().to_owned();
    };
    let mut field = String::new();
    let mut characters = quoted.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => break,
            other => field.push(other),
        }
    }
    field.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(line: u32, id: &str) -> EnrolEntry {
        EnrolEntry { line, newcomer: Newcomer::UserId(id.to_owned()) }
    }

    fn email(line: u32, address: &str) -> EnrolEntry {
        EnrolEntry { line, newcomer: Newcomer::Email(address.to_owned()) }
    }

    #[test]
    fn csv_is_read_as_spreadsheets_write_it() {
        for (text, expected) in [
            ("", vec![]),
            ("a\nb@c\n", vec![user(1, "a"), email(2, "b@c")]),
            ("\u{feff}userId\r\n\"auth0|1\"\r\nb@c\r\n", vec![user(2, "auth0|1"), user(3, "b@c")]),
            ("Email\nada@example.org\nada\n", vec![email(2, "ada@example.org"), email(3, "ada")]),
            ("\"email\",name\r\n\"a@b\",\"Ada, L.\"\r\n", vec![email(2, "a@b")]),
            ("a\n\n  \nb\n", vec![user(1, "a"), user(4, "b")]),
            ("\"say \"\"hi\"\"\"\n", vec![user(1, "say \"hi\"")]),
        ] {
            assert_eq!(of_csv(text.as_bytes()).unwrap(), expected, "{text:?}");
        }
        assert_eq!(of_csv(b"\xff").unwrap_err().code(), ErrorCode::MalformedBody);
    }
}
