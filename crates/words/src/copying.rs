//! What can be copied between the runs of two texts, by name.

use vitrine_schema::{Direction, PatchSite};

/// What is copied, after "copy".
#[must_use]
pub const fn site(site: PatchSite) -> &'static str {
    match site {
        PatchSite::ResidPre => "what a layer reads, at one word",
        PatchSite::AttnOut => "what attention writes, at one word",
        PatchSite::MlpOut => "what an MLP writes, at one word",
        PatchSite::Head => "what a head gathers",
        PatchSite::Q => "the queries of a head",
        PatchSite::K => "the keys of a head",
        PatchSite::V => "the values of a head",
        PatchSite::Pattern => "where a head looks",
    }
}

/// From which run into which, after that.
#[must_use]
pub const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Denoise => "from A into B",
        Direction::Noise => "from B into A",
    }
}

/// What a map is called.
#[must_use]
pub const fn map(site: PatchSite) -> &'static str {
    if site.of_heads() { "What moves it: layers × heads" } else { "Where it is: layers × words" }
}
