//! Takes the built web UI (`web/dist`) for `src/web_ui.rs` to embed. A checkout without it gets an empty list.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    // The folder is in every checkout: Cargo would take a missing one for changed each time.
    println!("cargo::rerun-if-changed={}", dist.display());
    #[expect(clippy::disallowed_methods, reason = "Cargo names the folder by the environment alone")]
    let out = std::env::var("OUT_DIR").map_err(io::Error::other)?;
    let out = Path::new(&out);
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let extension = file.extension().and_then(|extension| extension.to_str());
        if let Some(content_type) = extension.and_then(content_type) {
            list.push_str(&take(&dist, file, content_type, out)?);
        }
    }
    list.push_str("]\n");
    fs::write(out.join("web_ui_files.rs"), list)
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

/// The literal of one `File`, with its compressed forms where they stand beside it. Its bytes are copied, so that the
/// compiler finds them though the UI is being built anew meanwhile.
fn take(dist: &Path, file: &Path, content_type: &str, out: &Path) -> io::Result<String> {
    let relative = file.strip_prefix(dist).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
    let bytes = fs::read(file)?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = hasher.finish();
    let kept = format!("web-{}", relative.replace('/', "-"));
    fs::write(out.join(&kept), bytes)?;
    let compressed = |suffix: &str| -> io::Result<String> {
        let path = PathBuf::from(format!("{}.{suffix}", file.display()));
        if !path.is_file() {
            return Ok("None".to_owned());
        }
        let kept = format!("{kept}.{suffix}");
        fs::copy(path, out.join(&kept))?;
        Ok(format!("Some({})", include(&kept)))
    };
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "File {{ path: \"/{relative}\", content_type: {content_type:?}, etag: \"\\\"{tag:016x}\\\"\", \
         plain: {}, brotli: {}, gzip: {} }},",
        include(&kept),
        compressed("br")?,
        compressed("gz")?,
    );
    Ok(text)
}

fn include(kept: &str) -> String {
    format!("include_bytes!(concat!(env!(\"OUT_DIR\"), {:?}))", format!("/{kept}"))
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
