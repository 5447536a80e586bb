//! What those who run the server see and do.

use serde_json::json;

use crate::support::{TestApp, text};

#[actix_web::test]
async fn admins_count_and_list_and_others_do_not() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    app.interview(&carla, &ivan).await;
    app.state.services.follow_presence().await.unwrap();

    let stats = app.get("/api/admin/stats", &admin).await;
    assert_eq!(stats.status, 200, "{}", stats.text());
    let stats = stats.json();
    assert_eq!((&stats["users"], &stats["nodes"]), (&json!(3), &json!(1)));
    assert_eq!(stats["sessions"], json!({ "SCHEDULED": 1, "ACTIVE": 0, "ENDED": 0, "CANCELED": 0 }));
    assert_eq!(stats["jobs"], json!({ "WAITING": 1, "RUNNING": 0, "RETRYING": 0, "DEAD": 0 }));
    assert_eq!(stats["connections"], json!({ "total": 0, "users": 0, "byTransport": {}, "socketio": 0 }));

    let nodes = app.get("/api/admin/nodes", &admin).await.json();
    assert_eq!((&nodes["total"], &nodes["items"][0]["answers"]), (&json!(1), &json!(true)));
    for path in ["stats", "jobs", "nodes", "users", "service-keys"] {
        app.get(&format!("/api/admin/{path}"), &carla).await.problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn admins_find_users_by_name_address_and_role() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let carla = app.account("carla").await;
    app.teacher("tom").await;
    let found = async |query: &str| {
        let list = app.get(&format!("/api/admin/users{query}"), &admin).await.json();
        list["items"].as_array().unwrap().iter().map(|user| text(&user["displayName"])).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["admin", "carla", "tom"]);
    assert_eq!(found("?query=CARLA@exa").await, ["carla"]);
    assert_eq!(found("?query=example.org&role=TEACHER").await, ["tom"]);
    assert_eq!(found("?size=1&page=1").await, ["carla"]);
    let user = app.get("/api/admin/users?query=carla", &admin).await.json()["items"][0].clone();
    assert_eq!((&user["id"], &user["email"]), (&json!(carla.id), &json!("carla@example.org")));
    assert_eq!((&user["roles"], &user["emailVerified"]), (&json!(["MEMBER"]), &json!(false)));
    app.get("/api/admin/users?role=KING", &admin).await.problem(400, "invalid-parameter");
}

#[actix_web::test]
async fn admins_list_jobs_and_only_dead_ones_are_tried_again() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let session = app.interview(&carla, &ivan).await;
    let jobs = app.get("/api/admin/jobs?state=waiting", &admin).await.json();
    assert_eq!((&jobs["total"], &jobs["items"][0]["kind"]), (&json!(1), &json!("session-expire")));
    assert_eq!(jobs["items"][0]["sessionId"], session["id"]);
    assert_eq!(app.get("/api/admin/jobs?state=DEAD", &admin).await.json()["total"], 0);
    app.get("/api/admin/jobs?state=bored", &admin).await.problem(400, "invalid-parameter");

    let retry = |id: &str| format!("/api/admin/jobs/{id}/retry");
    let id = text(&jobs["items"][0]["id"]);
    app.act(&retry(&id), &admin).await.problem(400, "job-not-dead");
    app.act(&retry(&id), &carla).await.problem(403, "forbidden");
    app.act(&retry("0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e61"), &admin).await.problem(404, "job-not-found");
    app.act(&retry("7"), &admin).await.problem(400, "invalid-id");
}
