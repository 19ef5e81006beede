//! The engine behind `postMessage`.
//!
//! *In*: [`Envelope<Request>`](vitrine_schema::protocol). *Out*: `Envelope<Response>`, nothing else.
//! A panic or a lost device is announced before the worker stops being useful; the page then starts another.

#[cfg(target_family = "wasm")]
mod device;
#[cfg(target_family = "wasm")]
mod download;
#[cfg(target_family = "wasm")]
mod scope;
#[cfg(target_family = "wasm")]
mod serve;

fn main() {
    #[cfg(target_family = "wasm")]
    serve::start();
}
