//! A link as a QR code (ISO/IEC 18004), for a camera that looks at the screen or at paper.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::color::Theme;
use crate::drawing::{Area, Drawing, Form, Group, Layer, Paint, Role, Shape, Step};

/// Longest text: a code of more is too fine for a camera to read off a screen.
pub const MOST_CHARACTERS: usize = 1000;
/// Empty modules around the code, without which it is not found.
const QUIET: i32 = 4;

/// The code of a text, as wide as asked for; nothing for a text of more than [`MOST_CHARACTERS`].
///
/// It is dark on light on every paper: many readers find no other.
#[must_use]
pub fn drawing(text: &str, theme: Theme, width: f32) -> Option<Drawing> {
    let code = (text.chars().count() <= MOST_CHARACTERS).then(|| QrCode::encode_text(text, QrCodeEcc::Low).ok())??;
    let module = width / (code.size() + 2 * QUIET) as f32;
    let place = |at: i32| (at + QUIET) as f32 * module;
    let mut steps = Vec::new();
    for y in 0..code.size() {
        // Dark modules side by side are one rectangle, so that no seam shows between them.
        let mut start = None;
        for x in 0..=code.size() {
            match (start, code.get_module(x, y)) {
                (None, true) => start = Some(x),
                (Some(from), false) => {
                    let (left, right, top, bottom) = (place(from), place(x), place(y), place(y + 1));
                    steps.extend([
                        Step::Move(left, top),
                        Step::Line(right, top),
                        Step::Line(right, bottom),
                        Step::Line(left, bottom),
                        Step::Close,
                    ]);
                    start = None;
                }
                _ => {}
            }
        }
    }
    let (light, dark) = match theme {
        Theme::Light => (Role::Paper, Role::Ink),
        Theme::Dark => (Role::Ink, Role::Paper),
    };
    let modules = Shape { form: Form::Path(steps), fill: Some(Paint::new(dark)), stroke: None };
    let ground = Shape::rect(Area::new(0.0, 0.0, width, width), 0.0, Paint::new(light));
    Some(Drawing::new(width, width, vec![Layer::new(vec![Group::new(vec![ground, modules])])]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(drawing: &Drawing) -> &[Step] {
        let shapes = drawing.groups().flat_map(|group| &group.shapes);
        let paths =
            shapes.filter_map(|shape| if let Form::Path(steps) = &shape.form { Some(&steps[..]) } else { None });
        paths.last().unwrap_or_default()
    }

    #[test]
    fn a_code_has_its_three_corners_and_its_quiet_zone() {
        // The smallest code has 21 modules, here of 10 pixels each.
        let drawing = drawing("HELLO", Theme::Light, 290.0).unwrap();
        let rows = |y: f32| steps(&drawing).iter().filter(move |step| matches!(step, Step::Move(_, top) if *top == y));
        // The uppermost row of a corner is seven dark modules, left and right.
        let first: Vec<&Step> = rows(40.0).collect();
        assert_eq!(first.first(), Some(&&Step::Move(40.0, 40.0)));
        assert_eq!(first.last(), Some(&&Step::Move(180.0, 40.0)));
        assert!(steps(&drawing).contains(&Step::Line(110.0, 40.0)));
        for step in steps(&drawing) {
            if let Step::Move(x, y) | Step::Line(x, y) = step {
                assert!((40.0..=250.0).contains(x) && (40.0..=250.0).contains(y), "{step:?}");
            }
        }
    }

    #[test]
    fn a_link_of_a_thousand_characters_fits_and_no_more() {
        let link = |length: usize| "https://example.org/#/x/v1.".to_owned() + &"aB3-".repeat(250)[..length - 27];
        assert!(drawing(&link(1000), Theme::Dark, 600.0).is_some());
        assert_eq!(drawing(&link(1001), Theme::Dark, 600.0), None);
    }

    #[test]
    fn it_is_dark_on_light_on_every_paper() {
        for theme in [Theme::Light, Theme::Dark] {
            let drawing = drawing("HELLO", theme, 290.0).unwrap();
            let fills: Vec<_> =
                drawing.groups().flat_map(|group| &group.shapes).filter_map(|shape| shape.fill).collect();
            let light = |paint: &Paint| {
                let crate::color::Rgb(r, g, b) = paint.role.rgb(theme);
                u32::from(r) + u32::from(g) + u32::from(b)
            };
            assert!(light(&fills[0]) > 2 * light(&fills[1]), "{theme:?}");
        }
    }
}
