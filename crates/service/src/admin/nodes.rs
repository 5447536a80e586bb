//! `GET /api/admin/nodes`.

use mockly_data::{NodeRow, Store};
use mockly_domain::NodeId;

use crate::{OpenSockets, Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// The nodes that give signs of life, oldest first, each with its open sockets; `own` are those of this node.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins.
    pub async fn list_nodes(
        &self,
        caller: &Principal,
        page: Page,
        own: OpenSockets,
    ) -> Result<Paged<(NodeRow, OpenSockets)>, ServiceError> {
        caller.require_admin()?;
        let total = self.db().presence().count_nodes().await?;
        let rows = self.db().presence().list_nodes(page.offset(), page.limit()).await?;
        let mut sockets = self.sockets_of_others().await?;
        sockets.insert(self.inner.node, own);
        let items = rows.into_iter().map(|row| (row, sockets.remove(&row.id).unwrap_or_default())).collect();
        Ok(Paged { items, total, page: page.page, size: page.size })
    }

    /// The node that answers.
    pub fn node_id(&self) -> NodeId {
        self.inner.node
    }
}
