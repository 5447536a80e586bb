//! `GET /api/admin/stats`.

use mockly_data::Store;
use mockly_domain::{JobState, SessionStatus};

use crate::{OpenSockets, Principal, ServiceError, Services};

/// What there is, over all nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Users.
    pub users: u64,
    /// Sessions by status, each status once.
    pub sessions: Vec<(SessionStatus, u64)>,
    /// Jobs by state, each state once.
    pub jobs: Vec<(JobState, u64)>,
    /// Nodes that give signs of life.
    pub nodes: u64,
    /// Sockets that are open.
    pub sockets: OpenSockets,
    /// Different users on them.
    pub connected_users: u64,
}

impl Services {
    /// Counts what there is; `own` are the sockets of this node.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins.
    pub async fn read_stats(&self, caller: &Principal, own: OpenSockets) -> Result<Stats, ServiceError> {
        caller.require_admin()?;
        let (db, now) = (self.db(), self.now());
        let counted = db.sessions().count_by_status().await?;
        let count = |status| counted.iter().find(|(other, _)| *other == status).map_or(0, |(_, count)| *count);
        let mut jobs = Vec::new();
        for state in JobState::ALL {
            jobs.push((*state, db.jobs().count(Some(*state), now).await?));
        }
        Ok(Stats {
            users: db.users().count().await?,
            sessions: SessionStatus::ALL.iter().map(|status| (*status, count(*status))).collect(),
            jobs,
            nodes: db.presence().count_nodes().await?,
            sockets: self.sum_sockets(own).await?,
            connected_users: self.count_connected_users().await?,
        })
    }
}
