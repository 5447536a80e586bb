//! Lists the built web UI (`web/dist`) for `src/web_ui.rs`, which embeds it. A checkout without it gets an empty list.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    // The folder is in every checkout: Cargo would take a missing one for changed each time.
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let extension = file.extension().and_then(|extension| extension.to_str());
        if let Some(entry) = extension.and_then(content_type).map(|kind| entry(&dist, file, kind)) {
            list.push_str(&entry?);
        }
    }
    list.push_str("]\n");
    #[expect(clippy::disallowed_methods, reason = "Cargo names the folder by the environment alone")]
    let out = std::env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("web_ui_files.rs"), list)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            collect(&path, files)?;
        } else if !hidden {
            files.push(path);
        }
    }
    Ok(())
}

/// The literal of one `File`, with its compressed forms where they stand beside it.
fn entry(dist: &Path, file: &Path, content_type: &str) -> io::Result<String> {
    let relative = file.strip_prefix(dist).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
    let mut hasher = DefaultHasher::new();
    fs::read(file)?.hash(&mut hasher);
    let tag = hasher.finish();
    let compressed = |suffix: &str| {
        let path = PathBuf::from(format!("{}.{suffix}", file.display()));
        if path.is_file() { format!("Some({})", include(&path)) } else { "None".to_owned() }
    };
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "File {{ path: \"/{relative}\", content_type: {content_type:?}, etag: \"\\\"{tag:016x}\\\"\", \
         plain: {}, brotli: {}, gzip: {} }},",
        include(file),
        compressed("br"),
        compressed("gz"),
    );
    Ok(text)
}

fn include(path: &Path) -> String {
    format!("include_bytes!({:?})", path.to_string_lossy())
}

/// What a browser is told of a file; others are not served.
fn content_type(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}
