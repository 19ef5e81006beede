//! The module for readers: what is read without the Lab.

fn main() {
    vitrine_web::open(&vitrine_web::wings::READER);
}
