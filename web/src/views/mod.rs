//! One finding, drawn.

pub mod answer;
pub mod attention;
pub mod both_texts;
pub mod compare;
pub mod computed;
pub mod continuation;
pub mod curve;
pub mod explanation;
pub mod figures;
pub mod labelled;
pub mod marks;
pub mod moved;
pub mod next_token;
pub mod patching;
pub mod probes;
pub mod proof;
pub mod reading;
pub mod reasoning;
pub mod receipt;
pub mod scene;
pub mod shown;
pub mod staged;
pub mod stream;
pub mod token_strip;
pub mod transport;
pub mod trial;
