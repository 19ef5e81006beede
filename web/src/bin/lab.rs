//! The module of the Lab, which has the other pages too.

fn main() {
    vitrine_web::open(&vitrine_web::wings::LAB);
}
