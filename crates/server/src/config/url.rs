//! URLs as settings write them. Each function's error is what would have been right.

use http::Uri;

/// The parts that are compared or rebuilt.
struct Parts {
    scheme: String,
    /// Host and port, in lower case.
    authority: String,
    host: String,
    /// Without a slash at its end.
    path: String,
}

/// A URL that paths are put behind, without a slash at its end.
pub(super) fn base(text: &str, schemes: &[&str]) -> Result<String, String> {
    let Parts { scheme, authority, path, .. } = parts(text, schemes)?;
    Ok(format!("{scheme}://{authority}{path}"))
}

/// An origin as browsers send it: `scheme://host[:port]`.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let remedy = || "give `scheme://host[:port]` and nothing behind it, for example https://app.example.org".to_owned();
    let Parts { scheme, authority, path, .. } = parts(text, &["http", "https"]).map_err(|_general| remedy())?;
    // No pattern: a list of origins is short, and a pattern opens more than it seems to.
    if !path.is_empty() || authority.contains('*') {
        return Err(remedy());
    }
    // Browsers leave a default port out.
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    Ok(format!("{scheme}://{}", authority.strip_suffix(default_port).unwrap_or(&authority)))
}

/// Checks an OIDC issuer, which stays as it is, since tokens say it to the letter.
pub(super) fn issuer(text: &str, production: bool) -> Result<String, String> {
    let Parts { scheme, host, .. } = parts(text, &["http", "https"])?;
    let loopback = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    if production && scheme == "http" && !loopback {
        return Err("give an https URL: keys that come in the clear prove nothing".to_owned());
    }
    Ok(text.to_owned())
}

/// A URL that is asked as it is, query included; whoever runs the server says where it leads.
pub(super) fn endpoint(text: &str) -> Result<String, String> {
    let (address, _query) = text.split_once('?').unwrap_or((text, ""));
    parts(address, &["http", "https"])?;
    Ok(text.to_owned())
}

/// A script that a page of ours runs, by its `https` address or a path of this origin; it stands in markup and in a policy.
pub(super) fn script(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:@%".contains(&byte);
    let is_path = text.starts_with('/') && !text.starts_with("//");
    if text.bytes().all(is_plain) && (is_path || parts(text, &["https"]).is_ok()) {
        return Ok(text.to_owned());
    }
    Err("give an https address or a path that begins with one /, of letters, digits and -._~/:@%".to_owned())
}

fn parts(text: &str, schemes: &[&str]) -> Result<Parts, String> {
    let remedy = || format!("give an absolute URL that begins with {}://", schemes.join(":// or "));
    let uri: Uri = text.parse().map_err(|_malformed| remedy())?;
    let scheme = uri.scheme_str().unwrap_or_default().to_lowercase();
    let authority = uri.authority().map(|authority| authority.as_str().to_lowercase()).unwrap_or_default();
    if !schemes.contains(&scheme.as_str()) || authority.is_empty() {
        return Err(remedy());
    }
    if authority.contains('@') || uri.query().is_some() || text.contains('#') {
        return Err("give the URL without user, query and fragment".to_owned());
    }
    let host = uri.host().unwrap_or_default().to_lowercase();
    Ok(Parts { scheme, authority, host, path: uri.path().trim_end_matches('/').to_owned() })
}

/// Replaces the scheme: LiveKit's API speaks http, its clients are given ws.
pub(super) fn with_scheme(url: &str, plain: &str, secure: &str) -> String {
    match url.split_once("://") {
        Some(("http" | "ws", rest)) => format!("{plain}://{rest}"),
        Some((_, rest)) => format!("{secure}://{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_lose_their_last_slash() {
        assert_eq!(base("https://Mockly.example.org/", &["https"]), Ok("https://mockly.example.org".to_owned()));
        assert_eq!(base("http://[::1]:8080/a/b/", &["http"]), Ok("http://[::1]:8080/a/b".to_owned()));
        for text in
            ["", "mockly", "mockly.example.org:443", "/a", "ftp://h", "https://", "https://u:p@h", "https://h?q"]
        {
            assert!(base(text, &["http", "https"]).is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_stay_as_they_are() {
        for text in ["https://analyser.example.org/hook?team=1", "http://127.0.0.1:9000"] {
            assert_eq!(endpoint(text).as_deref(), Ok(text));
        }
        for text in ["", "/hook", "ftp://analyser.example.org", "https://u:p@analyser.example.org"] {
            assert!(endpoint(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        assert_eq!(origin("https://app.example.org:443"), Ok("https://app.example.org".to_owned()));
        assert_eq!(origin("http://localhost:3000/"), Ok("http://localhost:3000".to_owned()));
        for text in ["app.example.org", "https://app.example.org/page", "null", "https://*.example.org"] {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn issuers_need_tls_in_production() {
        assert_eq!(issuer("https://id.example.org/", true), Ok("https://id.example.org/".to_owned()));
        assert!(issuer("http://localhost:9000", true).is_ok());
        assert!(issuer("http://id.example.org", false).is_ok());
        assert!(issuer("http://id.example.org", true).is_err());
    }

    #[test]
    fn schemes_are_exchanged() {
        assert_eq!(with_scheme("wss://h:1", "http", "https"), "https://h:1");
        assert_eq!(with_scheme("http://h", "ws", "wss"), "ws://h");
    }
}
