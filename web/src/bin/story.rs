//! The module of the Story, and of what else is read and asks for no Lab.

fn main() {
    vitrine_web::open(&vitrine_web::wings::STORY);
}
