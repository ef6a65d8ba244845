//! The services behind the gateway: each has its own codes for the same mishaps.

use tim_types::{Endpoint, ErrorCode, follow, friend};

/// How one service words its answers.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in the path.
    pub(crate) name: &'static str,
    pub(crate) bad_parameter: ErrorCode,
    pub(crate) unknown_account: ErrorCode,
    pub(crate) internal: ErrorCode,
    /// Whether its answers have the key `ErrorDisplay`.
    pub(crate) displays: bool,
}

impl Service {
    /// Whether it is the one that an app must have switched on.
    pub(crate) fn is_follow(&self) -> bool {
        self.name == FOLLOW.name
    }
}

const RELATION: Service = Service {
    name: "",
    bad_parameter: ErrorCode::BAD_PARAMETER,
    unknown_account: ErrorCode::ACCOUNT_NOT_FOUND,
    internal: ErrorCode::INTERNAL,
    displays: true,
};

pub(crate) const FOLLOW: &Service = &Service { name: follow::Add::SERVICE, ..RELATION };

pub(crate) const FRIEND: &Service = &Service { name: friend::Check::SERVICE, ..RELATION };

pub(crate) const LOGIN: &Service = &Service {
    name: "im_open_login_svc",
    bad_parameter: ErrorCode::ACCOUNT_BAD_PARAMETER,
    unknown_account: ErrorCode::ACCOUNT_NOT_IMPORTED,
    internal: ErrorCode::ACCOUNT_INTERNAL,
    displays: false,
};

/// Its codes are of the 40000s, which the code table does not hold.
pub(crate) const PROFILE: &Service = &Service {
    name: "profile",
    bad_parameter: ErrorCode(40001),
    unknown_account: ErrorCode(40003),
    internal: ErrorCode(40006),
    displays: true,
};
