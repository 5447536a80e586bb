//! A JSON Web Key Set (RFC 7517), as far as it verifies signatures.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// More keys than any issuer has at a time.
const KEYS_MAX: usize = 100;
/// RFC 7518, section 3.3: 2,048 bits or more. Longer than 4,096 is refused by the implementation.
const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A key with the one algorithm that it is for.
pub(in crate::identity) struct Key {
    kid: Option<String>,
    pub(in crate::identity) algorithm: Algorithm,
    pub(in crate::identity) decoding: DecodingKey,
}

/// The keys of an issuer that we can use.
pub(super) struct KeySet(Vec<Arc<Key>>);

impl KeySet {
    /// Reads a set. A key of a kind that we do not know is left out, and does not spoil the others (RFC 7517, section
    /// 5).
    pub(super) fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(serde::Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let document: Document = serde_json::from_slice(body)?;
        let keys = document.keys.into_iter().take(KEYS_MAX);
        Ok(Self(keys.filter_map(|key| serde_json::from_value(key).ok()).filter_map(usable).map(Arc::new).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys for an algorithm with this id; without an id all of the algorithm.
    pub(super) fn matching(&self, kid: Option<&str>, algorithm: Algorithm) -> Vec<Arc<Key>> {
        let fits = |key: &&Arc<Key>| key.algorithm == algorithm && (kid.is_none() || key.kid.as_deref() == kid);
        self.0.iter().filter(fits).cloned().collect()
    }
}

fn usable(jwk: Jwk) -> Option<Key> {
    let signs = !matches!(&jwk.common.public_key_use, Some(other) if *other != PublicKeyUse::Signature);
    let verifies =
        jwk.common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    if !signs || !verifies {
        return None;
    }
    let algorithm = match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::RSA(rsa), None | Some(KeyAlgorithm::RS256)) => {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            let significant = modulus.iter().skip_while(|byte| **byte == 0).count();
            RSA_MODULUS_BYTES.contains(&significant).then_some(Algorithm::RS256)
        }
        (AlgorithmParameters::EllipticCurve(curve), None | Some(KeyAlgorithm::ES256)) => {
            (curve.curve == EllipticCurve::P256).then_some(Algorithm::ES256)
        }
        _ => None,
    }?;
    Some(Key { decoding: DecodingKey::from_jwk(&jwk).ok()?, kid: jwk.common.key_id, algorithm })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rsa(more: &Value) -> Value {
        let mut key = json!({ "kty": "RSA", "kid": "r", "n": URL_SAFE_NO_PAD.encode([0xf1; 256]), "e": "AQAB" });
        key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        key
    }

    #[test]
    fn only_keys_that_verify_with_a_known_algorithm_are_taken() {
        let coordinate = URL_SAFE_NO_PAD.encode([7; 32]);
        for (key, algorithm) in [
            (rsa(&json!({})), Some(Algorithm::RS256)),
            (rsa(&json!({ "alg": "RS256", "use": "sig", "x5c": ["MII"] })), Some(Algorithm::RS256)),
            (rsa(&json!({ "alg": "RS512" })), None),
            (rsa(&json!({ "alg": "HS256" })), None),
            (rsa(&json!({ "alg": "new" })), None),
            (rsa(&json!({ "use": "enc" })), None),
            (rsa(&json!({ "key_ops": ["encrypt"] })), None),
            (rsa(&json!({ "n": URL_SAFE_NO_PAD.encode([0xf1; 128]) })), None),
            (rsa(&json!({ "n": "!" })), None),
            (json!({ "kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate }), Some(Algorithm::ES256)),
            (json!({ "kty": "EC", "crv": "P-384", "x": coordinate, "y": coordinate }), None),
            (json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" }), None),
            (json!({ "kty": "lattice" }), None),
            (json!("key"), None),
        ] {
            let set = KeySet::parse(&serde_json::to_vec(&json!({ "keys": [key] })).unwrap()).unwrap();
            assert_eq!(set.0.first().map(|key| key.algorithm), algorithm, "{key}");
        }
    }

    #[test]
    fn a_strange_key_does_not_spoil_the_others() {
        let body = json!({ "keys": [{ "kty": "lattice" }, rsa(&json!({})), 7] });
        assert_eq!(KeySet::parse(&serde_json::to_vec(&body).unwrap()).unwrap().0.len(), 1);
        assert!(KeySet::parse(b"{}").is_err());
    }

    #[test]
    fn a_key_serves_its_own_algorithm_and_id_only() {
        let set = KeySet::parse(&serde_json::to_vec(&json!({ "keys": [rsa(&json!({}))] })).unwrap()).unwrap();
        assert_eq!(set.matching(Some("r"), Algorithm::RS256).len(), 1);
        assert_eq!(set.matching(None, Algorithm::RS256).len(), 1);
        assert_eq!(set.matching(Some("s"), Algorithm::RS256).len(), 0);
        assert_eq!(set.matching(Some("r"), Algorithm::ES256).len(), 0);
    }
}
