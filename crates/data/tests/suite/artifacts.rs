//! Files of sessions.

use mockly_data::Store;
use mockly_domain::{Artifact, ArtifactId, ArtifactType, SessionId};

use crate::support::{at, id, on_both_databases, user_id, with_session, write};

fn artifact(number: u128, session: u128, size_bytes: i64) -> Artifact {
    Artifact {
        id: ArtifactId(id(number)),
        session_id: SessionId(id(session)),
        artifact_type: ArtifactType::AudioLeft,
        storage_url: format!("/content/{number}"),
        file_name: "Gespräch.ogg".to_owned(),
        content_type: "audio/ogg".to_owned(),
        duration_sec: None,
        size_bytes,
        sha256: "0f".repeat(32),
        uploaded_by: Some(user_id("ada")),
        created_at: at(1),
    }
}

on_both_databases! {
    async fn a_file_comes_back_as_stored_and_counts_for_its_uploader(database) {
        with_session(&database, 1).await;
        assert_eq!(database.artifacts().bytes_of_user(&user_id("ada")).await.unwrap(), 0);
        let large = 3_000_000_000;
        let mut of_nobody = artifact(3, 1, 1);
        of_nobody.uploaded_by = None;
        let stored = [artifact(1, 1, large), artifact(2, 1, large), of_nobody];
        write(&database, async |work| {
            for artifact in &stored {
                work.artifacts().insert(artifact).await?;
            }
            Ok(())
        })
        .await;
        assert_eq!(database.artifacts().list(SessionId(id(1))).await.unwrap(), stored);
        assert_eq!(database.artifacts().find(stored[0].id).await.unwrap().as_ref(), Some(&stored[0]));
        let (page, total) = database.artifacts().list_page(SessionId(id(1)), 1, 1).await.unwrap();
        assert_eq!((page.as_slice(), total), (&stored[1..2], 3));
        assert_eq!(database.artifacts().bytes_of_user(&user_id("ada")).await.unwrap(), 6_000_000_000);

        write(&database, async |work| {
            work.artifacts().set_duration(stored[1].id, 61).await?;
            work.artifacts().delete(stored[0].id).await
        })
        .await;
        assert_eq!(database.artifacts().find(stored[0].id).await.unwrap(), None);
        assert_eq!(database.artifacts().find(stored[1].id).await.unwrap().unwrap().duration_sec, Some(61));
        assert_eq!(database.artifacts().bytes_of_user(&user_id("ada")).await.unwrap(), 3_000_000_000);
    }
}
