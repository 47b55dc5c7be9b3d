//! Shapes on paper, in hundredths of a millimetre: what a back end draws.

/// The width of every figure: the text width of a thesis.
pub const WIDTH: i32 = 16_000;

/// A place on paper: right and down from the upper left corner.
pub type At = (i32, i32);

/// A colour and its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink(pub u8, pub u8, pub u8, pub f64);

impl Ink {
    /// Text and estimates.
    pub const BLACK: Self = Self(0x1a, 0x1a, 0x1a, 1.0);
    /// Words in place of a number, and notes.
    pub const GREY: Self = Self(0x55, 0x55, 0x55, 1.0);
    /// Frames of panels.
    pub const FRAME: Self = Self(0xb0, 0xb0, 0xb0, 1.0);
    /// Grid lines.
    pub const GRID: Self = Self(0xe6, 0xe6, 0xe6, 1.0);
    /// Paper.
    pub const PAPER: Self = Self(0xff, 0xff, 0xff, 1.0);

    /// The same colour with another opacity.
    pub const fn faint(self, opacity: f64) -> Self {
        Self(self.0, self.1, self.2, opacity)
    }
}

/// Where a text's place lies on it; up and down it is always the middle of its small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At its start.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Size of the font.
    pub size: i32,
    /// Whether it is bold.
    pub bold: bool,
}

impl Face {
    /// The figure's title, 9 pt.
    pub const TITLE: Self = Self { size: 318, bold: true };
    /// Titles of panels, 7.5 pt.
    pub const PANEL: Self = Self { size: 265, bold: true };
    /// Names of places and of the axis, 7.5 pt.
    pub const LABEL: Self = Self { size: 265, bold: false };
    /// Ticks, words and notes, 6.5 pt.
    pub const SMALL: Self = Self { size: 229, bold: false };
}

/// One shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Straight lines through places.
    Line {
        /// The places.
        through: Vec<At>,
        /// Width of the stroke.
        width: u32,
        /// Colour.
        ink: Ink,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        corners: Vec<At>,
        /// Colour.
        ink: Ink,
    },
    /// A disc, or a ring where it is not filled.
    Disc {
        /// Its centre.
        at: At,
        /// Its radius.
        radius: i32,
        /// Whether it is filled.
        filled: bool,
        /// Colour.
        ink: Ink,
    },
    /// A text.
    Text {
        /// Its place.
        at: At,
        /// What it says.
        text: String,
        /// How it is set.
        face: Face,
        /// Where the place lies on it.
        anchor: Anchor,
        /// Whether it runs upwards.
        upwards: bool,
        /// Colour.
        ink: Ink,
    },
}

/// A sheet of paper with shapes on it, the first at the bottom.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scene {
    /// Height of the paper; its width is [`WIDTH`].
    pub height: i32,
    /// The shapes.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// Adds lines.
    pub fn line(&mut self, through: impl Into<Vec<At>>, width: u32, ink: Ink) {
        self.shapes.push(Shape::Line { through: through.into(), width, ink });
    }

    /// Adds a filled polygon.
    pub fn area(&mut self, corners: impl Into<Vec<At>>, ink: Ink) {
        self.shapes.push(Shape::Area { corners: corners.into(), ink });
    }

    /// Adds a filled disc.
    pub fn disc(&mut self, at: At, radius: i32, ink: Ink) {
        self.shapes.push(Shape::Disc { at, radius, filled: true, ink });
    }

    /// Adds a text from left to right.
    pub fn text(&mut self, at: At, text: impl Into<String>, face: Face, anchor: Anchor, ink: Ink) {
        self.shapes.push(Shape::Text { at, text: text.into(), face, anchor, upwards: false, ink });
    }

    /// Adds a text that runs upwards.
    pub fn upwards(&mut self, at: At, text: impl Into<String>, face: Face, anchor: Anchor, ink: Ink) {
        self.shapes.push(Shape::Text { at, text: text.into(), face, anchor, upwards: true, ink });
    }
}
