//! The module that computes with WebGPU.

fn main() {
    #[cfg(target_family = "wasm")]
    vitrine_worker::start();
}
