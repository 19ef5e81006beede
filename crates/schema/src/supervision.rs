//! When a worker is replaced, and by what: the rules of its supervisor, without a browser.

use crate::protocol::{Breakage, DevicePreference, DeviceReason, Request, Stage};

/// A worker that says nothing for this long while it runs a request is taken to hang.
const DEADLINE_MILLIS: f64 = 60_000.0;
/// The same while it starts, when a slow graphics driver may still be compiling.
const START_DEADLINE_MILLIS: f64 = 120_000.0;
/// After a pause of this length between two looks the page itself was asleep, and has not heard what was said meanwhile.
const ASLEEP_MILLIS: f64 = 5_000.0;
/// Workers that may break before one is ready.
const STARTS_MOST: u32 = 3;

/// The two modules of the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Module {
    /// It computes on the CPU, and starts first.
    #[default]
    Cpu,
    /// It computes with WebGPU.
    Webgpu {
        /// How long a job takes on the CPU, unless WebGPU was asked for.
        cpu_millis: Option<f64>,
    },
}

impl Module {
    /// By which name the page's head says where its script is.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "vitrine-worker",
            Self::Webgpu { .. } => "vitrine-worker-webgpu",
        }
    }
}

/// What is known of the workers of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supervision {
    /// Which module runs, or is next.
    pub module: Module,
    /// Whether the worker can be posted to.
    pub listening: bool,
    fallback: Option<DeviceReason>,
    starts: u32,
    heard_millis: f64,
    looked_millis: f64,
}

impl Supervision {
    /// A worker takes the place of the last.
    pub fn starts(&mut self, now_millis: f64) {
        self.starts += 1;
        self.listening = false;
        self.heard(now_millis);
    }

    /// The worker said something, or was asked something.
    pub fn heard(&mut self, now_millis: f64) {
        self.heard_millis = now_millis;
    }

    /// The worker is ready, or the reader tries again: what broke before does not count.
    pub fn forgive(&mut self) {
        self.starts = 0;
    }

    /// The other module is the right one here, which is no failed start; with what was found wrong with this one.
    pub fn change(&mut self, module: Module, reason: Option<DeviceReason>) {
        self.module = module;
        self.fallback = reason.or(self.fallback.take());
        self.starts = self.starts.saturating_sub(1);
    }

    /// The first request of the worker.
    #[must_use]
    pub fn request(&self, model_url: String, device: DevicePreference, crew: Option<usize>) -> Request {
        let cpu_millis = match self.module {
            Module::Cpu => None,
            Module::Webgpu { cpu_millis } => cpu_millis,
        };
        let device = if self.fallback.is_some() { DevicePreference::Cpu } else { device };
        Request::Start { model_url, device, cpu_millis, crew }
    }

    /// Why this device runs, as the worker says; where WebGPU was tried on this page and is of no use, that is why.
    #[must_use]
    pub fn reason(&self, said: DeviceReason) -> DeviceReason {
        self.fallback.clone().filter(|_| self.module == Module::Cpu).unwrap_or(said)
    }

    /// The worker is of no more use: decides what the next one does differently, and whether there is one.
    pub fn broke(&mut self, breakage: &Breakage) -> bool {
        if std::mem::take(&mut self.module) != Module::Cpu {
            self.fallback = Some(match breakage {
                Breakage::DeviceLost { .. } => DeviceReason::Lost,
                Breakage::Panic { detail } => DeviceReason::Unavailable { detail: detail.clone() },
            });
        }
        self.starts < STARTS_MOST
    }

    /// Looks at the worker: whether it has been silent for too long in that stage of its start, or while it was busy.
    pub fn hangs(&mut self, now_millis: f64, stage: Option<Stage>, busy: bool) -> bool {
        if now_millis - std::mem::replace(&mut self.looked_millis, now_millis) > ASLEEP_MILLIS {
            self.heard(now_millis);
        }
        let (busy, most_millis) = match stage {
            // Downloads report their own failures and may be slow.
            Some(stage) => (self.listening && stage != Stage::Weights, START_DEADLINE_MILLIS),
            None => (busy, DEADLINE_MILLIS),
        };
        busy && now_millis - self.heard_millis > most_millis
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks once a second; when it is taken to hang.
    fn hangs_after(workers: &mut Supervision, from_secs: u32, stage: Option<Stage>, busy: bool) -> Option<u32> {
        (from_secs..from_secs + 300).find(|&second| workers.hangs(f64::from(second) * 1000.0, stage, busy))
    }

    #[test]
    fn silence_means_a_hang_where_something_is_waited_for() {
        let mut workers = Supervision::default();
        workers.starts(0.0);
        // Nothing is known of a script that has not come.
        assert_eq!(hangs_after(&mut workers, 0, Some(Stage::Device), false), None);
        workers.listening = true;
        workers.heard(300_000.0);
        assert_eq!(hangs_after(&mut workers, 300, Some(Stage::Weights), false), None);
        workers.heard(600_000.0);
        assert_eq!(hangs_after(&mut workers, 600, Some(Stage::WarmUp), false), Some(721));
        workers.heard(1_000_000.0);
        assert_eq!(hangs_after(&mut workers, 722, None, false), None);
        assert_eq!(hangs_after(&mut workers, 1022, None, true), Some(1061));
        // A page that slept gives the worker its time again.
        assert_eq!(hangs_after(&mut workers, 5000, None, true), Some(5061));
    }

    #[test]
    fn a_lost_device_falls_back_and_three_starts_are_enough() {
        let mut workers = Supervision::default();
        let panic = Breakage::Panic { detail: "out of memory".into() };
        workers.starts(0.0);
        workers.change(Module::Webgpu { cpu_millis: Some(2.0) }, None);
        workers.starts(0.0);
        let started = |workers: &Supervision| match workers.request(String::new(), DevicePreference::Auto, None) {
            Request::Start { device, cpu_millis, .. } => (device, cpu_millis),
            _ => (DevicePreference::Webgpu, None),
        };
        assert_eq!(started(&workers), (DevicePreference::Auto, Some(2.0)));
        assert!(workers.broke(&Breakage::DeviceLost { detail: String::new() }));
        assert_eq!((started(&workers), workers.module), ((DevicePreference::Cpu, None), Module::Cpu));
        workers.starts(0.0);
        assert!(workers.broke(&panic));
        workers.starts(0.0);
        assert!(!workers.broke(&panic));
        workers.forgive();
        assert!(workers.broke(&panic));
        // What the CPU breaks on says nothing of the graphics device.
        assert_eq!(workers.reason(DeviceReason::Asked), DeviceReason::Lost);
    }
}
