//! The module that computes on the CPU.

fn main() {
    #[cfg(target_family = "wasm")]
    vitrine_worker::start();
}
