//! The colours of everything on the terminal. What is coloured says the same without its colour.
//!
//! The sixteen colours are the user's own; most terminals make them fit their background. Bright ones are hard to read on
//! a light background and dark ones on a dark one, so a terminal that tells its background gets what fits it.

use std::sync::OnceLock;

use anstyle::{Ansi256Color, AnsiColor, Color, Style};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    pub error: Style,
    pub warning: Style,
    /// What to do next, places, line numbers.
    pub hint: Style,
    pub good: Style,
}

/// Nothing is known of the background.
const COMMON: Palette = Palette::of(
    Color::Ansi(AnsiColor::Red),
    Color::Ansi(AnsiColor::Yellow),
    Color::Ansi(AnsiColor::Cyan),
    Color::Ansi(AnsiColor::Green),
);
const DARK: Palette = Palette::of(
    Color::Ansi(AnsiColor::BrightRed),
    Color::Ansi(AnsiColor::BrightYellow),
    Color::Ansi(AnsiColor::BrightCyan),
    Color::Ansi(AnsiColor::BrightGreen),
);
/// Of the 256 colours, which no theme changes: the sixteen are too pale on white in most.
const LIGHT: Palette = Palette::of(
    Color::Ansi256(Ansi256Color(124)),
    Color::Ansi256(Ansi256Color(94)),
    Color::Ansi256(Ansi256Color(24)),
    Color::Ansi256(Ansi256Color(22)),
);

pub const STRONG: Style = Style::new().bold();

impl Palette {
    const fn of(error: Color, warning: Color, hint: Color, good: Color) -> Palette {
        Palette { error: colour(error), warning: colour(warning), hint: colour(hint), good: colour(good) }
    }
}

const fn colour(colour: Color) -> Style {
    Style::new().fg_color(Some(colour))
}

/// Whether colours are wanted is decided where the text is printed.
pub fn palette() -> &'static Palette {
    static PALETTE: OnceLock<Palette> = OnceLock::new();
    PALETTE.get_or_init(|| for_background(std::env::var("COLORFGBG").ok().as_deref()))
}

/// `COLORFGBG` is `foreground;background`, perhaps with something in between, in numbers of the sixteen colours.
fn for_background(variable: Option<&str>) -> Palette {
    match variable.and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok()) {
        Some(7 | 9..=15) => LIGHT,
        Some(_) => DARK,
        None => COMMON,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rgb = (u8, u8, u8);

    fn luminance((red, green, blue): Rgb) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }

    /// As the Web Content Accessibility Guidelines count it.
    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn styles(palette: &Palette) -> [(&'static str, Color); 4] {
        let colour = |style: Style| style.get_fg_color().unwrap();
        [
            ("error", colour(palette.error)),
            ("warning", colour(palette.warning)),
            ("hint", colour(palette.hint)),
            ("good", colour(palette.good)),
        ]
    }

    fn of_the_cube(Ansi256Color(index): Ansi256Color) -> Rgb {
        let index = index.checked_sub(16).filter(|index| *index < 216).expect("a colour that themes leave alone");
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        (level(index / 36), level(index / 6 % 6), level(index % 6))
    }

    #[test]
    fn what_is_for_light_backgrounds_can_be_read_there() {
        for background in [(0xff, 0xff, 0xff), (0xfd, 0xf6, 0xe3), (0xfa, 0xfa, 0xfa), (0xee, 0xee, 0xec)] {
            for (name, colour) in styles(&LIGHT) {
                let Color::Ansi256(colour) = colour else { panic!("{name} is not of the 256") };
                let contrast = contrast(of_the_cube(colour), background);
                assert!(contrast >= 4.5, "{name} on {background:?}: {contrast:.1}");
            }
        }
    }

    #[test]
    fn what_is_for_dark_backgrounds_can_be_read_there() {
        // Background, then bright red, yellow, cyan and green, as the terminals come.
        let terminals: [(&str, [u32; 5]); 6] = [
            ("xterm", [0x000000, 0xff0000, 0xffff00, 0x00ffff, 0x00ff00]),
            ("GNOME", [0x171421, 0xf66151, 0xe9ad0c, 0x33c7de, 0x33d17a]),
            ("Windows Terminal", [0x0c0c0c, 0xe74856, 0xf9f1a5, 0x61d6d6, 0x16c60c]),
            ("VS Code", [0x1e1e1e, 0xf14c4c, 0xf5f543, 0x29b8db, 0x23d18b]),
            ("Konsole", [0x232627, 0xf06a6a, 0xfdbc4b, 0x16a085, 0x1cdc9a]),
            ("Alacritty", [0x181818, 0xd76d6d, 0xffd18b, 0xa8e0d8, 0xb5d88e]),
        ];
        let rgb = |value: u32| {
            let [_, red, green, blue] = value.to_be_bytes();
            (red, green, blue)
        };
        for (terminal, [background, colours @ ..]) in terminals {
            for ((name, _), colour) in styles(&DARK).into_iter().zip(colours) {
                let contrast = contrast(rgb(colour), rgb(background));
                assert!(contrast >= 4.5, "{name} in {terminal}: {contrast:.1}");
            }
        }
    }

    #[test]
    fn the_background_decides() {
        for (variable, palette) in [
            (None, COMMON),
            (Some("15;0"), DARK),
            (Some("0;15"), LIGHT),
            (Some("0;default;15"), LIGHT),
            (Some("12;8"), DARK),
            (Some("default;default"), COMMON),
        ] {
            assert_eq!(for_background(variable), palette, "{variable:?}");
        }
    }
}
