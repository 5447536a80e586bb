//! How many sockets are open and whose, over all nodes.

use std::collections::HashMap;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::{NodeId, UserId};
use tokio_util::sync::CancellationToken;

use super::written::OpenSockets;
use crate::error::log_failure;
use crate::{ServiceError, Services};

/// How long changes are gathered before they are written.
const GATHER: Duration = Duration::from_millis(100);
/// How often numbers that no user's coming or going has changed are written.
const EVERY: Duration = Duration::from_secs(1);

impl Services {
    /// The sockets of all nodes: this one's as given, the others' as they noted them within the last second.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn sum_sockets(&self, own: OpenSockets) -> Result<OpenSockets, ServiceError> {
        let mut sum = own;
        for (_, sockets) in self.sockets_of_others().await? {
            sum.add(sockets);
        }
        Ok(sum)
    }

    /// The sockets of each other node.
    pub(crate) async fn sockets_of_others(&self) -> Result<HashMap<NodeId, OpenSockets>, ServiceError> {
        // SQLite is for a single node.
        if self.db().is_sqlite() {
            return Ok(HashMap::new());
        }
        let noted = self.db().presence().list_sockets().await?.into_iter();
        // What another version wrote is nothing to this one.
        let read = noted.filter_map(|(node, text)| Some((node, serde_json::from_str(&text).ok()?)));
        Ok(read.filter(|(node, _)| *node != self.inner.node).collect())
    }

    /// How many different users are connected to any node.
    pub(crate) async fn count_connected_users(&self) -> Result<u64, ServiceError> {
        if self.db().is_sqlite() {
            return Ok(self.hub().counts().users as u64);
        }
        Ok(self.db().presence().count_users().await?)
    }

    /// Whether a user listens to the own notifications on another node.
    pub(crate) async fn is_heard_elsewhere(&self, user: &UserId) -> Result<bool, ServiceError> {
        if self.db().is_sqlite() {
            return Ok(false);
        }
        Ok(self.db().presence().is_heard_elsewhere(user, self.inner.node).await?)
    }

    /// Follows into the database who is connected, for the other nodes, until it is told to stop.
    pub(super) async fn follow_sockets(&self, count: &(dyn Fn() -> OpenSockets + Sync), stop: &CancellationToken) {
        if self.db().is_sqlite() {
            return;
        }
        self.hub().follow_users();
        while !stop.is_cancelled() {
            log_failure(self.store_sockets(count()).await, "who is connected was not told to other nodes");
            let change = async {
                let _ = tokio::time::timeout(EVERY, self.hub().user_changed()).await;
                tokio::time::sleep(GATHER).await;
            };
            if stop.run_until_cancelled(change).await.is_none() {
                return;
            }
        }
    }

    /// Writes down what has changed since the last time; what fails is for the next time.
    async fn store_sockets(&self, sockets: OpenSockets) -> Result<(), ServiceError> {
        let changed = self.hub().changed_users();
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        let written = &self.inner.written_sockets;
        let sockets_changed = {
            let written = written.lock();
            for (user, hears) in &changed {
                match hears {
                    Some(hears) if written.users.get(user) != Some(hears) => there.push((user.clone(), *hears)),
                    None if written.users.contains_key(user) => gone.push(user.clone()),
                    Some(_) | None => {}
                }
            }
            written.sockets.as_ref() != Some(&sockets)
        };
        let stored = self.write_sockets(&there, &gone, sockets_changed.then_some(&sockets)).await;
        if let Err(error) = stored {
            for (user, _) in &changed {
                self.hub().note_user(user);
            }
            return Err(error);
        }
        let mut written = written.lock();
        written.users.extend(there);
        for user in gone {
            written.users.remove(&user);
        }
        written.sockets = Some(sockets);
        Ok(())
    }

    async fn write_sockets(
        &self,
        there: &[(UserId, bool)],
        gone: &[UserId],
        sockets: Option<&OpenSockets>,
    ) -> Result<(), ServiceError> {
        if there.is_empty() && gone.is_empty() && sockets.is_none() {
            return Ok(());
        }
        let node = self.inner.node;
        let work = self.begin().await?;
        work.presence().set_users(node, there).await?;
        work.presence().remove_users(node, gone).await?;
        if let Some(sockets) = sockets {
            let text = serde_json::to_string(sockets)
                .map_err(|error| ServiceError::Internal(format!("numbers cannot be written as JSON: {error}")))?;
            work.presence().set_sockets(node, &text).await?;
        }
        Ok(work.commit().await?)
    }
}
