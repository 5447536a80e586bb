//! `GET /api/admin/nodes`.

use mockly_data::{NodeRow, Store};
use mockly_domain::NodeId;

use crate::{Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// The nodes that give signs of life, oldest first.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins.
    pub async fn list_nodes(&self, caller: &Principal, page: Page) -> Result<Paged<NodeRow>, ServiceError> {
        caller.require_admin()?;
        let total = self.db().presence().count_nodes().await?;
        let items = self.db().presence().list_nodes(page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }

    /// The node that answers.
    pub fn node_id(&self) -> NodeId {
        self.inner.node
    }
}
