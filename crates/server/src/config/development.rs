//! Secrets that development makes by itself, once, so that tokens survive a restart.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use config::{File, FileFormat};
use mockly_service::{IdSource, SystemIds};

use super::database::DatabaseConfig;
use super::identity::IdentityConfig;
use super::reader::Reader;
use super::secret::Secret;
use super::table;

/// The name of the file beside the database.
const FILE_NAME: &str = "mockly-secrets.toml";
const KEY: &str = "access_token_secret";

/// Puts the kept secret where none was given, and makes one where none is kept.
pub(super) fn complete(reader: &mut Reader, database: &DatabaseConfig, identity: &mut IdentityConfig) {
    if identity.access_token_secret.is_some() {
        return;
    }
    let folder = database.folder();
    match load_or_create(&folder, &SystemIds) {
        Ok(secret) => identity.access_token_secret = Some(secret),
        Err(error) => {
            let file = folder.join(FILE_NAME);
            let problem = format!("is missing, and {} cannot be used for it", file.display());
            let remedy = format!("set it, or mend the file ({error})");
            reader.fault(&table::ACCESS_TOKEN_SECRET, problem, remedy);
        }
    }
}

fn load_or_create(folder: &Path, ids: &dyn IdSource) -> io::Result<Secret> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(FILE_NAME);
    match load(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        loaded => return loaded,
    }
    create(&path, ids)?;
    // Another process may have been first; what lies there now is what both use.
    load(&path)
}

fn load(path: &Path) -> io::Result<Secret> {
    let text = fs::read_to_string(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    let unusable =
        || io::Error::new(io::ErrorKind::InvalidData, format!("it has no text `{KEY}`; delete it for a new one"));
    // The parser's error may quote the secret.
    let kept = config::Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
    let secret = kept.and_then(|kept| kept.get_string(KEY)).map_err(|_quoting| unusable())?;
    if secret.is_empty() { Err(unusable()) } else { Ok(Secret::new(secret)) }
}

/// Writes beside and links into place: whoever reads the file sees all of it, and nobody's is written over.
fn create(path: &Path, ids: &dyn IdSource) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.draft", hex(&ids.secret()[..8])));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let secret = hex(&ids.secret());
    let text = format!("# Made by Mockly for development. Without it all sign-ins here end.\n{KEY} = \"{secret}\"\n");
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&draft)?;
    linked
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        let first = load_or_create(&inner, &SystemIds).unwrap();
        let second = load_or_create(&inner, &SystemIds).unwrap();
        assert_eq!(first, second);
        assert_eq!(super::super::secret::weakness(first.expose()), None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&inner.join(FILE_NAME)), 0o600);
        assert_eq!(mode(&inner), 0o700);
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "no draft stays");
    }

    #[test]
    fn a_file_that_others_could_read_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        fs::write(&path, format!("{KEY} = \"kept\"\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(load_or_create(folder.path(), &SystemIds).unwrap().expose(), "kept");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_broken_file_is_refused_without_being_quoted() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "access_token_secret = ", "access_token_secret = \"\"", "hush"] {
            fs::write(folder.path().join(FILE_NAME), text).unwrap();
            let error = load_or_create(folder.path(), &SystemIds).unwrap_err();
            assert!(error.to_string().contains("delete it for a new one"), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
