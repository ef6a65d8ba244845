//! The services behind the gateway. Each service has its own codes for the same errors.

use tim_types::{Endpoint, ErrorCode, account, follow, friend, profile, status};

/// The name of a service, and how it reports errors.
#[derive(Debug)]
pub(crate) struct Service {
    /// The name in the path.
    pub(crate) name: &'static str,
    pub(crate) bad_parameter: ErrorCode,
    /// The code of a body that the command cannot decode.
    pub(crate) undecodable: ErrorCode,
    pub(crate) unknown_account: ErrorCode,
    pub(crate) internal: ErrorCode,
    /// The transient code of a call that had to wait too long for the database.
    pub(crate) timeout: ErrorCode,
    /// Whether its responses have the key `ErrorDisplay`.
    pub(crate) displays: bool,
}

impl Service {
    /// Whether this is the follow service, which an app has to turn on.
    pub(crate) fn is_follow(&self) -> bool {
        self.name == FOLLOW.name
    }
}

const RELATION: Service = Service {
    name: "",
    bad_parameter: ErrorCode::BAD_PARAMETER,
    undecodable: ErrorCode::BAD_PARAMETER,
    unknown_account: ErrorCode::ACCOUNT_NOT_FOUND,
    internal: ErrorCode::INTERNAL,
    timeout: ErrorCode::TIMEOUT,
    displays: true,
};

pub(crate) const FOLLOW: &Service = &Service { name: follow::Add::SERVICE, ..RELATION };

pub(crate) const FRIEND: &Service = &Service { name: friend::Check::SERVICE, ..RELATION };

pub(crate) const LOGIN: &Service = &Service {
    name: account::Check::SERVICE,
    bad_parameter: ErrorCode::ACCOUNT_BAD_PARAMETER,
    undecodable: ErrorCode::ACCOUNT_BAD_PARAMETER,
    unknown_account: ErrorCode::ACCOUNT_NOT_IMPORTED,
    internal: ErrorCode::ACCOUNT_INTERNAL,
    timeout: ErrorCode::ACCOUNT_TIMEOUT,
    displays: false,
};

/// The profile service. Its codes start with 4.
pub(crate) const PROFILE: &Service = &Service {
    name: profile::Get::SERVICE,
    bad_parameter: ErrorCode::PROFILE_BAD_PARAMETER,
    undecodable: ErrorCode::PROFILE_BAD_PARAMETER,
    unknown_account: ErrorCode::PROFILE_ACCOUNT_NOT_FOUND,
    internal: ErrorCode::PROFILE_INTERNAL,
    timeout: ErrorCode::PROFILE_INTERNAL,
    displays: true,
};

/// The service of the online status. Its codes start with 9.
pub(crate) const STATUS: &Service = &Service {
    name: status::Query::SERVICE,
    bad_parameter: ErrorCode::STATUS_BAD_PARAMETER,
    undecodable: ErrorCode::STATUS_USERS_INVALID,
    unknown_account: ErrorCode::ACCOUNT_NOT_IMPORTED,
    internal: ErrorCode::STATUS_INTERNAL,
    timeout: ErrorCode::STATUS_TIMEOUT,
    displays: false,
};

/// Returns the service of a command of the catalog. An unknown name is a compile error.
#[expect(clippy::panic, reason = "it runs when the emulator is compiled")]
pub(crate) const fn of(name: &str) -> &'static Service {
    match name.as_bytes() {
        b"follow" => FOLLOW,
        b"sns" => FRIEND,
        b"im_open_login_svc" => LOGIN,
        b"profile" => PROFILE,
        b"openim" => STATUS,
        _ => panic!("the emulator does not know the service of a command of the catalog"),
    }
}
