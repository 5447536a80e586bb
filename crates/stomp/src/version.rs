//! Versions of the protocol, and how client and server agree on one.

use std::fmt;

/// A version of STOMP; later versions compare greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// STOMP 1.0: no escaping, no heart-beats, subscription ids are optional.
    V1_0,
    /// STOMP 1.1: escaping without `\r`, heart-beats, NACK.
    V1_1,
    /// STOMP 1.2: escaping with `\r`, ACK and NACK by the `ack` header of the MESSAGE.
    V1_2,
}

impl Version {
    /// All versions, the oldest first, as an `accept-version` header lists them.
    pub const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V1_2];

    /// The version as headers write it, such as `1.2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }

    /// The WebSocket subprotocol that stands for this version, such as `v12.stomp`.
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Self::V1_0 => "v10.stomp",
            Self::V1_1 => "v11.stomp",
            Self::V1_2 => "v12.stomp",
        }
    }

    /// The highest version that an `accept-version` header shares with this server; `None` when there is none.
    ///
    /// Section "Protocol Negotiation": the highest common version is used, unknown ones are passed over, and a missing
    /// header means 1.0. Spaces around the commas are tolerated, since the list is not the value of one name.
    pub(crate) fn negotiate(accept_version: Option<&str>) -> Option<Self> {
        let Some(offered) = accept_version else {
            return Some(Self::V1_0);
        };
        Self::highest(|version| offered.split(',').any(|name| name.trim() == version.as_str()))
    }

    fn highest(is_offered: impl Fn(Self) -> bool) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|version| is_offered(*version))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Picks the subprotocol to answer with from the value of a `Sec-WebSocket-Protocol` header.
///
/// The highest version wins in whatever order the client lists them, as it does in section "Protocol Negotiation".
/// `None` means that none of ours is offered, and the answer must then not name one (RFC 6455, 4.2.2).
/// Several header lines are to be joined by commas first. The CONNECT frame still decides which version is spoken.
pub fn select_subprotocol(offered: &str) -> Option<Version> {
    Version::highest(|version| offered.split(',').any(|name| name.trim() == version.subprotocol()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_is_spoken() {
        let check = |offered, expected| assert_eq!(Version::negotiate(offered), expected, "{offered:?}");
        check(None, Some(Version::V1_0));
        check(Some("1.0,1.1,2.0"), Some(Version::V1_1));
        check(Some("1.2, 1.1"), Some(Version::V1_2));
        check(Some("2.1"), None);
        check(Some(""), None);
        check(Some("1.20"), None);
    }

    #[test]
    fn the_highest_offered_subprotocol_is_selected() {
        let check = |offered, expected| assert_eq!(select_subprotocol(offered), expected, "{offered:?}");
        check("v10.stomp, v11.stomp, v12.stomp", Some(Version::V1_2));
        check("v11.stomp,v10.stomp", Some(Version::V1_1));
        check("mqtt, v10.stomp", Some(Version::V1_0));
        check("V12.STOMP", None);
        check("mqtt", None);
        check("", None);
    }
}
