//! What handlers take from a request. Each extractor refuses with a problem that says what would be right.

pub(crate) mod accept;
pub(crate) mod body;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod precondition;
pub(crate) mod principal;
pub(crate) mod query;
pub(crate) mod range;
pub(crate) mod upload;

pub(crate) use json::{OptionalJson, ValidJson};
pub(crate) use page::PageQuery;
pub(crate) use path::{
    AnalysisPath, ArtifactPath, ClassPath, IdPath, InvitationPath, ParticipantPath, SessionPath, StudentPath, UserPath,
};
pub(crate) use principal::{Authenticated, Identified, OwnToken};
pub(crate) use query::{FromQuery, QueryReader, ValidQuery};
