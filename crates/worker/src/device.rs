//! WebGPU or CPU: looked at in JavaScript first, tested with a known answer, then timed.

#[cfg(feature = "cpu")]
mod adapter;
#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod webgpu;

#[cfg(feature = "cpu")]
pub use cpu::choose;
#[cfg(feature = "webgpu")]
pub use webgpu::choose;

use burn::tensor::Device;
use vitrine_engine::EngineError;
use vitrine_engine::self_test::Workload;
use vitrine_schema::protocol::{DeviceReason, DeviceReport};

use crate::scope::now_millis;

const TIMED_RUNS: usize = 2;

/// What a module makes of the machine it is on.
pub enum Choice {
    /// It runs here.
    Run(Device, DeviceReport),
    /// There is an adapter; `cpu_millis` is what a job takes here, unless WebGPU was asked for.
    #[cfg_attr(feature = "webgpu", expect(dead_code, reason = "the other module says this"))]
    TryWebgpu { cpu_millis: Option<f64> },
    /// The adapter is of no use.
    #[cfg_attr(feature = "cpu", expect(dead_code, reason = "the other module says this"))]
    NotWebgpu(DeviceReason),
}

/// Times the page's kind of job: once to warm up, then the best of a few.
async fn time(device: &Device) -> Result<f64, EngineError> {
    let workload = Workload::new(device)?;
    workload.run().await?;
    let mut best = f64::INFINITY;
    for _ in 0..TIMED_RUNS {
        let start = now_millis();
        workload.run().await?;
        best = best.min(now_millis() - start);
    }
    Ok(best)
}
