//! The list of all built-in commands.

use crate::CommandInfo;

/// Calls a macro with the types of all built-in commands, separated by commas. To pass further
/// arguments, write them in parentheses after the name of the macro: the macro gets them first, in
/// parentheses.
///
/// Tests, tables and the routes of the emulator are generated from this list.
///
/// ```
/// macro_rules! names {
///     ($($command:ty),* $(,)?) => { [$(<$command as tim_types::Endpoint>::COMMAND),*] };
/// }
/// assert!(tim_types::for_each_command!(names).contains(&"follow_add"));
/// ```
#[macro_export]
macro_rules! for_each_command {
    ($with:ident $(($($args:tt)*))?) => {
        $with! {
            $(($($args)*))?
            $crate::follow::Add,
            $crate::follow::Delete,
            $crate::follow::Check,
            $crate::follow::List,
            $crate::follow::Counts,
            $crate::friend::Add,
            $crate::friend::Import,
            $crate::friend::Update,
            $crate::friend::Delete,
            $crate::friend::DeleteAll,
            $crate::friend::Check,
            $crate::friend::Get,
            $crate::friend::List,
            $crate::friend_group::Add,
            $crate::friend_group::Delete,
            $crate::friend_group::List,
            $crate::block::Add,
            $crate::block::Delete,
            $crate::block::List,
            $crate::block::Check,
            $crate::profile::Get,
            $crate::profile::Set,
            $crate::account::Import,
            $crate::account::ImportMany,
            $crate::account::Check,
            $crate::account::Delete,
            $crate::account::Kick,
            $crate::status::Query,
        }
    };
}

macro_rules! infos {
    ($($command:ty),* $(,)?) => { &[$(CommandInfo::of::<$command>()),*] };
}

/// The facts about all built-in commands.
pub const COMMANDS: &[CommandInfo] = for_each_command!(infos);

impl CommandInfo {
    /// Returns the facts about the command at `v4/{service}/{command}`; `None` if it is not a
    /// built-in command.
    pub fn find(service: &str, command: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|info| info.service == service && info.command == command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch as _, Effect, Shape, follow};

    #[test]
    fn each_path_occurs_once() {
        for info in COMMANDS {
            assert_eq!(CommandInfo::find(info.service, info.command), Some(info));
            let same = COMMANDS.iter().filter(|other| (other.service, other.command) == (info.service, info.command));
            assert_eq!(same.count(), 1, "{info:?}");
            assert!(info.official_page.starts_with("https://"), "{info:?}");
        }
        assert_eq!(CommandInfo::find("sns", "follow_add"), None);
    }

    #[test]
    fn a_command_has_its_facts() {
        let add = CommandInfo::find("follow", "follow_add").unwrap();
        assert_eq!((add.effect, add.calls_per_second, add.idempotent), (Effect::Write, 200, true));
        assert_eq!(add.shape, Shape::Batch { max_targets: follow::Add::MAX_TARGETS });
        assert_eq!(CommandInfo::find("follow", "follow_get").unwrap().shape, Shape::Paged);
    }
}
