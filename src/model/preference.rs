//! Which of two statuses is kept when they disagree and nobody says which: the setting `preferredSource`.

use crate::model::status::{Side, Status};

/// Which side a fix takes over when the user does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preference {
    /// The status further along the lifecycle; on a tie the canonical spelling, then metadata.json.
    #[default]
    Auto,
    Metadata,
    Spec,
}

impl Preference {
    pub fn parse(text: &str) -> Option<Preference> {
        match text {
            "auto" => Some(Preference::Auto),
            "metadata" => Some(Preference::Metadata),
            "spec" => Some(Preference::Spec),
            _ => None,
        }
    }

    /// The side whose status is to be kept.
    pub fn choose(self, spec: &str, metadata: &str) -> Side {
        match self {
            Preference::Spec => Side::Spec,
            Preference::Metadata => Side::Metadata,
            Preference::Auto => {
                // A word we do not know says nothing about the lifecycle, so it never beats one we know.
                let rank = |text: &str| (Status::meaning(text).map(Status::stage), Status::canonical(text).is_some());
                if rank(spec) > rank(metadata) { Side::Spec } else { Side::Metadata }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_further_status_is_preferred() {
        let auto = |spec, metadata| Preference::Auto.choose(spec, metadata);
        assert_eq!(auto("active", "completed"), Side::Metadata);
        assert_eq!(auto("active", "planned"), Side::Spec);
        assert_eq!(auto("completed", "done"), Side::Spec);
        assert_eq!(auto("done", "completed"), Side::Metadata);
        assert_eq!(auto("completed", "abandoned"), Side::Metadata);
        assert_eq!(auto("planning", "backlog"), Side::Spec);
        assert_eq!(auto("active", "imported"), Side::Spec);
        assert_eq!(auto("open", "imported"), Side::Metadata);
    }
}
