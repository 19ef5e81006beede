//! Scores to colours.
//!
//! Signed scores use a diverging scale from orange through the paper to blue, a pair that colour-blind readers can tell
//! apart; it is always symmetric about zero. Unsigned scores use one hue. Every colour comes with an ink of contrast 4.5
//! or more (WCAG 2.2, 1.4.3).

/// Which paper the figure lies on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on light paper.
    #[default]
    Light,
    /// Light ink on dark paper.
    Dark,
}

impl Theme {
    /// Its name in style sheets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The poles of the scales on one paper.
#[derive(Clone, Copy, Debug)]
pub struct Poles {
    /// Under everything.
    pub paper: Rgb,
    /// Towards the target.
    pub positive: Rgb,
    /// Away from the target.
    pub negative: Rgb,
    /// Strong, without direction.
    pub unsigned: Rgb,
}

/// What is drawn beside the data on one paper; the same colours as in `tokens.css`.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// Text and axes.
    pub ink: Rgb,
    /// What matters less.
    pub soft: Rgb,
    /// Grid and rules.
    pub line: Rgb,
    /// What the reader chose or can press.
    pub accent: Rgb,
}

const LIGHT_SURFACE: Surface = Surface {
    ink: Rgb(0x1d, 0x1c, 0x22),
    soft: Rgb(0x5f, 0x5d, 0x66),
    line: Rgb(0xe0, 0xdc, 0xd2),
    accent: Rgb(0x43, 0x38, 0xa8),
};
const DARK_SURFACE: Surface = Surface {
    ink: Rgb(0xec, 0xeb, 0xf0),
    soft: Rgb(0xa5, 0xa3, 0xb0),
    line: Rgb(0x34, 0x33, 0x3c),
    accent: Rgb(0xa9, 0xa2, 0xff),
};
const LIGHT: Poles = Poles {
    paper: Rgb(0xfb, 0xfa, 0xf6),
    positive: Rgb(0x0b, 0x6f, 0xa4),
    negative: Rgb(0xb8, 0x53, 0x1a),
    unsigned: Rgb(0x5a, 0x4f, 0xb8),
};
const DARK: Poles = Poles {
    paper: Rgb(0x16, 0x16, 0x1a),
    positive: Rgb(0x6c, 0xb8, 0xe6),
    negative: Rgb(0xf0, 0xa0, 0x6a),
    unsigned: Rgb(0xa9, 0xa2, 0xff),
};
/// The strongest cell takes this share of its pole, so that text on it stays text.
const STRONGEST: f32 = 0.55;
const INKS: [Rgb; 2] = [Rgb(0x1d, 0x1c, 0x22), Rgb(0xf6, 0xf5, 0xfa)];

impl Theme {
    /// The poles on this paper.
    #[must_use]
    pub const fn poles(self) -> Poles {
        match self {
            Self::Light => LIGHT,
            Self::Dark => DARK,
        }
    }

    /// What is drawn beside the data on this paper.
    #[must_use]
    pub const fn surface(self) -> Surface {
        match self {
            Self::Light => LIGHT_SURFACE,
            Self::Dark => DARK_SURFACE,
        }
    }

    /// The pole of a score's sign.
    #[must_use]
    pub fn pole(self, score: f32, signed: bool) -> Rgb {
        let poles = self.poles();
        match (signed, score < 0.0) {
            (false, _) => poles.unsigned,
            (true, false) => poles.positive,
            (true, true) => poles.negative,
        }
    }
}

/// Background of a cell; `share` is the score over the largest score, -1 to 1.
#[must_use]
pub fn cell(share: f32, signed: bool, theme: Theme) -> Rgb {
    let strength = share.abs().min(1.0) * STRONGEST;
    mix(theme.poles().paper, theme.pole(share, signed), strength)
}

/// A mark without text on it: from paper at 0 to the full pole at 1.
#[must_use]
pub fn share_of_pole(share: f32, signed: bool, theme: Theme) -> Rgb {
    mix(theme.poles().paper, theme.pole(share, signed), share.abs().min(1.0))
}

/// The ink that reads best on a background.
#[must_use]
pub fn ink_on(background: Rgb) -> Rgb {
    let [dark, light] = INKS;
    if contrast(dark, background) >= contrast(light, background) { dark } else { light }
}

/// Contrast ratio of two colours, 1 to 21.
#[must_use]
pub fn contrast(a: Rgb, b: Rgb) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance, 0 to 1.
fn luminance(Rgb(r, g, b): Rgb) -> f32 {
    let linear = |channel: u8| {
        let c = f32::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { libm::powf((c + 0.055) / 1.055, 2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn mix(a: Rgb, b: Rgb, share: f32) -> Rgb {
    let channel = |a: u8, b: u8| (f32::from(b) - f32::from(a)).mul_add(share, f32::from(a)).round() as u8;
    Rgb(channel(a.0, b.0), channel(a.1, b.1), channel(a.2, b.2))
}

impl Rgb {
    /// As CSS and SVG write it.
    #[must_use]
    pub fn css(self) -> String {
        let Self(r, g, b) = self;
        format!("rgb({r} {g} {b})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_comes_back_from_its_name() {
        for theme in [Theme::Light, Theme::Dark] {
            assert_eq!((Theme::named(theme.name()), theme.other().other()), (Some(theme), theme));
        }
        assert_eq!(Theme::named("system"), None);
    }

    #[test]
    fn text_can_be_read_on_every_cell() {
        for theme in [Theme::Light, Theme::Dark] {
            for signed in [true, false] {
                for step in -100..=100 {
                    let background = cell(step as f32 / 100.0, signed, theme);
                    let ratio = contrast(ink_on(background), background);
                    assert!(ratio >= 4.5, "{theme:?} {signed} {step}: {ratio}");
                }
            }
        }
    }

    #[test]
    fn the_page_has_the_same_colours() {
        let tokens =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/style/tokens.css")).unwrap();
        for (name, theme) in [("light", Theme::Light), ("dark", Theme::Dark)] {
            let Surface { ink, soft, line, accent } = theme.surface();
            let roles =
                [("paper", theme.poles().paper), ("ink", ink), ("soft", soft), ("line", line), ("accent", accent)];
            for (role, Rgb(r, g, b)) in roles {
                assert!(tokens.contains(&format!("--{name}-{role}: #{r:02x}{g:02x}{b:02x};")), "{name} {role}");
            }
        }
    }

    #[test]
    fn numbers_in_the_colour_of_their_pole_can_be_read() {
        for theme in [Theme::Light, Theme::Dark] {
            let (poles, surface) = (theme.poles(), theme.surface());
            for text in [poles.positive, poles.negative, poles.unsigned, surface.ink, surface.soft, surface.accent] {
                assert!(contrast(text, poles.paper) >= 4.5, "{theme:?} {text:?}");
            }
        }
    }

    #[test]
    fn the_scale_grows_evenly_on_both_sides() {
        for theme in [Theme::Light, Theme::Dark] {
            let paper = theme.poles().paper;
            assert_eq!(cell(0.0, true, theme), paper);
            for sign in [1.0, -1.0] {
                let away = |step: u8| contrast(cell(sign * f32::from(step) / 10.0, true, theme), paper);
                assert!((1..=10).all(|step| away(step) >= away(step - 1)));
            }
        }
    }
}
