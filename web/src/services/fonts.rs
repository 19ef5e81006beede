//! The page's own typefaces. Until they are there, faces of the system stand in, as wide and as high as they are.

use leptos::prelude::*;

use crate::services::clock::each_frame;
use crate::services::page::from_head;

/// Frames after which there is something to read.
const FRAMES: u32 = 2;

/// Asks for the style sheet that names them, once the page has been painted.
pub fn fetch_after_paint() {
    let mut frames = 0;
    each_frame(move |_| {
        frames += 1;
        if frames > FRAMES {
            link();
        }
        frames <= FRAMES
    });
}

/// Without it the page is read in the faces that stand in.
fn link() -> Option<()> {
    let sheet = document().create_element("link").ok()?;
    sheet.set_attribute("rel", "stylesheet").ok()?;
    sheet.set_attribute("href", &from_head("vitrine-fonts")?).ok()?;
    document().head()?.append_child(&sheet).ok()?;
    Some(())
}
