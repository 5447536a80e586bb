//! Tokens as others sign them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::pkcs8::EncodePrivateKey;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::rand_core::OsRng;
use serde_json::{Value, json};

/// A key of an issuer.
pub(crate) struct SigningKey {
    /// Its id.
    pub(crate) kid: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
    /// The public half as text, which a forger may use as an HMAC secret.
    pub(crate) public_pem: String,
}

impl SigningKey {
    /// A new RSA key of 2,048 bits.
    pub(crate) fn rsa(kid: &'static str) -> Self {
        let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        let public_pem = key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
        let key = EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes());
        Self { kid, algorithm: Algorithm::RS256, key, public_pem }
    }

    /// A new P-256 key.
    pub(crate) fn ec(kid: &'static str) -> Self {
        let key = p256::SecretKey::random(&mut OsRng);
        let public_pem = key.public_key().to_public_key_pem(LineEnding::LF).unwrap();
        let key = EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes());
        Self { kid, algorithm: Algorithm::ES256, key, public_pem }
    }

    /// The public half as an issuer publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        let more = json!({ "kid": self.kid, "use": "sig" });
        jwk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        jwk
    }

    /// A token of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(Some(self.kid), claims)
    }

    /// A token whose header names another key, or none.
    pub(crate) fn sign_as(&self, kid: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = kid.map(str::to_owned);
        encode(&header, claims, &self.key).unwrap()
    }
}

/// A token signed with a secret.
pub(crate) fn sign_hs256(secret: &str, claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// A token with any header and signature.
pub(crate) fn forge(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}
