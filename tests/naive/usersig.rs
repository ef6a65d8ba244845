//! UserSig in straightforward Rust: one library per layer, and nothing is reused between
//! signatures.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

fn hmac(key: &str, identifier: &str, sdkappid: u32, time: u64, expire: u64) -> Hmac<Sha256> {
    let text = format!("TLS.identifier:{identifier}\nTLS.sdkappid:{sdkappid}\nTLS.time:{time}\nTLS.expire:{expire}\n");
    Hmac::new_from_slice(key.as_bytes()).unwrap().chain_update(text)
}

pub(crate) fn sign(key: &str, sdkappid: u32, identifier: &str, expire: u64, time: u64) -> String {
    let mac = hmac(key, identifier, sdkappid, time, expire).finalize().into_bytes();
    let document = json!({
        "TLS.ver": "2.0",
        "TLS.identifier": identifier,
        "TLS.sdkappid": sdkappid,
        "TLS.expire": expire,
        "TLS.time": time,
        "TLS.sig": STANDARD.encode(mac),
    });
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(document.to_string().as_bytes()).unwrap();
    STANDARD.encode(zlib.finish().unwrap()).replace('+', "*").replace('/', "-").replace('=', "_")
}

/// Returns whether the signature is valid for the user at `now`.
pub(crate) fn verify(key: &str, sdkappid: u32, identifier: &str, now: u64, sig: &str) -> bool {
    let text = sig.replace('*', "+").replace('-', "/").replace('_', "=");
    let mut json = Vec::new();
    ZlibDecoder::new(STANDARD.decode(text).unwrap().as_slice()).read_to_end(&mut json).unwrap();
    let document: Value = serde_json::from_slice(&json).unwrap();
    let number = |key: &str| document[key].as_u64().unwrap();
    let (time, expire) = (number("TLS.time"), number("TLS.expire"));
    let mac = STANDARD.decode(document["TLS.sig"].as_str().unwrap()).unwrap();
    number("TLS.sdkappid") == u64::from(sdkappid)
        && document["TLS.identifier"] == identifier
        && time + expire >= now
        && hmac(key, identifier, sdkappid, time, expire).verify_slice(&mac).is_ok()
}
