//! Checks that a call was sent to a host of the region of the app.

use tim_types::{Envelope, ErrorCode, Region};

use crate::command_error::gateway_error;

/// Rejects a call to a host of another region. A host that belongs to no region, for example
/// `localhost`, is accepted.
pub(crate) fn check(region: Option<Region>, host: &str) -> Result<(), Envelope> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let serves = |region: &Region| {
        [region.primary_host(), region.backup_host()].iter().any(|own| own.eq_ignore_ascii_case(name))
    };
    match (region, Region::ALL.into_iter().find(serves)) {
        (Some(ours), Some(other)) if ours != other => {
            let info = format!(
                "{name} serves the region {other}, but the region of the app is {ours}: send the call to {}",
                ours.primary_host()
            );
            Err(gateway_error(ErrorCode::WRONG_REGION, info))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_of_another_region_is_wrong() {
        for (host, right) in [
            ("adminapiger.im.qcloud.com", true),
            ("AdminApiGer.my-imcloud.com:443", true),
            ("adminapisgp.im.qcloud.com", false),
            ("console.tim.qq.com:80", false),
            ("localhost:4000", true),
            ("[::1]:4000", true),
            ("", true),
        ] {
            assert_eq!(check(Some(Region::Frankfurt), host).is_ok(), right, "{host}");
            assert!(check(None, host).is_ok());
        }
    }
}
