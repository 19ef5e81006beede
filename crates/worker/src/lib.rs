//! The engine behind `postMessage`, as two modules: one that computes on the CPU, one that computes with WebGPU.
//!
//! *In*: [`Envelope<Request>`](vitrine_schema::protocol). *Out*: `Envelope<Response>`, nothing else.
//! The CPU module starts first and looks whether there is an adapter worth trying; the page then starts the other one.
//! A panic or a lost device is announced before the worker stops being useful; the page then starts another.

#[cfg(target_family = "wasm")]
mod crew;
#[cfg(target_family = "wasm")]
mod device;
#[cfg(target_family = "wasm")]
mod download;
#[cfg(target_family = "wasm")]
mod files;
#[cfg(any(test, target_family = "wasm"))]
mod html;
#[cfg(target_family = "wasm")]
mod scope;
#[cfg(target_family = "wasm")]
mod serve;
#[cfg(target_family = "wasm")]
mod storage;

#[cfg(target_family = "wasm")]
pub use serve::start;
