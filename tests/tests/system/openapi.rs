//! The documents against what they document.

use std::process::Command;
use std::time::Duration;

use mockly_tests::{
    Backend, LiveKit, Mockly, Person, Process, Script, TestDatabase, create_interview, node_folder, python_command, run,
};
use serde_json::json;

/// How long schemathesis may take. It is told how many examples to try, not how long.
const SCHEMATHESIS_WITHIN: Duration = Duration::from_mins(10);

/// The types that openapi-typescript makes of the document are such that a client can be written with them.
#[test]
fn a_client_in_typescript_compiles() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let folder = database.folder().join("typed");
        std::fs::create_dir(&folder).unwrap();
        let document = server.http().get("/api-docs/openapi.json").await;
        assert_eq!(document.status, 200);
        std::fs::write(folder.join("openapi.json"), &document.body).unwrap();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/typed/client.ts");
        std::fs::copy(source, folder.join("client.ts")).unwrap();
        let modules = node_folder().join("node_modules");
        let mut generate = Command::new("node");
        generate.arg(modules.join("openapi-typescript/bin/cli.js"));
        generate.args(["openapi.json", "--output", "schema.ts", "--root-types"]).current_dir(&folder);
        succeed("openapi-typescript", generate).await;
        let mut compile = Command::new("node");
        compile.arg(modules.join("typescript/bin/tsc"));
        let options =
            ["--noEmit", "--strict", "--target", "ES2022", "--module", "ESNext", "--moduleResolution", "bundler"];
        compile.args(options).args(["--lib", "ES2022,DOM", "client.ts"]).current_dir(&folder);
        succeed("tsc", compile).await;
        server.stop().await;
    });
}

/// The parser of the AsyncAPI project finds nothing wrong, in the examples of the messages either.
#[test]
fn the_document_of_the_sockets_is_asyncapi() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let document = save_documents(&server, &database).await;
        let mut parser = Script::node("asyncapi_parse.mjs", &[&document]);
        let parsed = parser.event("parsed").await;
        assert_eq!((&parsed["version"], &parsed["faults"]), (&json!("3.0.0"), &json!([])), "{parsed}");
        assert_eq!(parsed["channels"], 7);
        parser.finish().await;
        server.stop().await;
    });
}

/// Saves both documents beside each other; gives the path of the sockets'.
pub(crate) async fn save_documents(server: &Mockly, database: &TestDatabase) -> String {
    for name in ["openapi.json", "asyncapi.json"] {
        let document = server.http().get(&format!("/api-docs/{name}")).await;
        assert_eq!(document.status, 200);
        std::fs::write(database.folder().join(name), &document.body).unwrap();
    }
    database.folder().join("asyncapi.json").to_str().unwrap().to_owned()
}

/// Requests by the document and against it: no 5xx, no status and no body that it does not tell of.
#[test]
fn schemathesis_finds_nothing_undocumented() {
    run(Backend::Postgres, explore);
}

async fn explore(database: TestDatabase) {
    let livekit = LiveKit::reserve();
    let settings = livekit.settings();
    let mut settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // A LiveKit that is late on a busy machine is no fault of the document.
    settings.push(("LIVEKIT_TIMEOUT", "30s"));
    let server = Mockly::start(&database, &settings).await;
    let _media = livekit.start(&database, server.address().port()).await;
    let alice = Person::sign_in(&server, "alice").await;
    let bob = Person::sign_in(&server, "bob").await;
    create_interview(&alice, &bob).await;
    let mut command = python_command();
    command.args(["-m", "schemathesis.cli", "run"]).arg(format!("http://{}/api-docs/openapi.json", server.address()));
    command.args(["--header", &format!("Authorization: Bearer {}", alice.token)]);
    // `examples` are those that the document shows, `coverage` goes through the bounds of each field, `fuzzing` beyond.
    command.args(["--phases", "examples,coverage,fuzzing", "--mode", "all", "--max-examples", "8", "--seed", "1"]);
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                  response_schema_conformance";
    command.args(["--checks", checks, "--workers", "2", "--no-color", "--suppress-health-check", "all"]);
    command.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(database.folder());
    let mut process = Process::start("schemathesis", &mut command);
    process.keep_output();
    let status = process.ended(SCHEMATHESIS_WITHIN).await;
    assert!(status.success(), "{status}:\n{}", process.log());
    server.stop().await;
}

async fn succeed(name: &str, mut command: Command) {
    let mut process = Process::start(name, &mut command);
    process.keep_output();
    let status = process.ended(Duration::from_mins(2)).await;
    assert!(status.success(), "{name} ends with {status}:\n{}", process.log());
}
