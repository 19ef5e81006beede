//! The module for who got a link, or reads an embed of one.

fn main() {
    vitrine_web::open(&vitrine_web::wings::READER);
}
