//! The page's own typefaces. Until they are there, faces of the system stand in, as wide and as high as they are.

use leptos::prelude::*;

use crate::services::page::from_head;

/// Asks once for the style sheet that names them; without it the page is read in the faces that stand in.
pub fn fetch() -> Option<()> {
    let href = from_head("vitrine-fonts")?;
    if document().query_selector(&format!("link[href='{href}']")).ok()?.is_some() {
        return Some(());
    }
    let sheet = document().create_element("link").ok()?;
    sheet.set_attribute("rel", "stylesheet").ok()?;
    sheet.set_attribute("href", &href).ok()?;
    document().head()?.append_child(&sheet).ok()?;
    Some(())
}
