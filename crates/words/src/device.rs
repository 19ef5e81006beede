//! The device and the model that is on it: which, why, where its weights came from, and what they take.

use vitrine_schema::Inspection;
use vitrine_schema::inspection::Used;
use vitrine_schema::protocol::{DeviceKind, DeviceReason, DeviceReport, LoadReport, ModelCard, NotKept, Stage};

/// The badge's short text.
#[must_use]
pub fn short(device: DeviceKind, helpers: usize) -> String {
    match (device, helpers) {
        (DeviceKind::Webgpu, _) => "GPU".to_owned(),
        (DeviceKind::Cpu, 0) => "CPU".to_owned(),
        (DeviceKind::Cpu, helpers) => format!("CPU, {} workers", helpers + 1),
    }
}

/// Who shares the work.
#[must_use]
pub fn helpers(device: DeviceKind, helpers: usize) -> String {
    let share = "shares the rows of methods that ask many questions of the model; the numbers are the same without";
    match (device, helpers) {
        (DeviceKind::Webgpu, _) => String::new(),
        (_, 0) => "It works alone, on one core.".to_owned(),
        (_, 1) => format!("One helper {share}."),
        (_, several) => format!("{several} helpers {}.", share.replacen("shares", "share", 1)),
    }
}

/// Why this device.
#[must_use]
pub fn reason(report: &DeviceReport) -> String {
    let device = match report.device {
        DeviceKind::Cpu => "the CPU",
        DeviceKind::Webgpu => "the graphics card, through WebGPU",
    };
    let why = match &report.reason {
        DeviceReason::Asked => "because the address asks for it".to_owned(),
        DeviceReason::NoWebgpu => "because this browser offers no WebGPU here".to_owned(),
        DeviceReason::NoAdapter => "because the browser found no graphics adapter".to_owned(),
        DeviceReason::SoftwareAdapter { name } => {
            let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
            format!("because the browser's graphics adapter{name} is a program, which would be far slower")
        }
        DeviceReason::MissingFeature { feature } => {
            format!("because the graphics adapter does not offer {feature}, which the engine needs")
        }
        DeviceReason::Unavailable { .. } => "because the graphics adapter could not be used".to_owned(),
        DeviceReason::SelfTestFailed { .. } => {
            "because the graphics adapter gave wrong numbers in the self-test".to_owned()
        }
        DeviceReason::Measured { webgpu_millis, cpu_millis } => {
            format!("because it was faster on a small test job: GPU {webgpu_millis:.0} ms, CPU {cpu_millis:.0} ms")
        }
        DeviceReason::Lost => "because the graphics device went away".to_owned(),
    };
    let fused = match (report.device, report.fused) {
        (DeviceKind::Webgpu, _) => "",
        (DeviceKind::Cpu, true) => " Products use the relaxed multiply-add of this browser.",
        (DeviceKind::Cpu, false) => {
            " Products are rounded before they are added: this browser has no relaxed multiply-add."
        }
    };
    format!(
        "The model runs on {device}, {why}. Self-test passed: largest relative difference {:.0e}.{fused}",
        report.self_test
    )
}

/// What start-up is doing.
#[must_use]
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Device => "Choosing a device",
        Stage::Weights => "Loading the model",
        Stage::WarmUp => "Warming up",
    }
}

/// Where the weights came from.
#[must_use]
pub fn load(report: &LoadReport) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    let time = report.elapsed_millis / 1000.0;
    let source = match (report.fetched_bytes, report.cached_bytes) {
        (0, 0) => "it was read from your disk, 0 bytes were sent".to_owned(),
        (0, cached) => format!("{:.1} MB came from this browser's storage, nothing was downloaded", mega(cached)),
        (fetched, 0) => {
            format!("{:.1} MB were downloaded{}", mega(fetched), if report.checked { " and checked" } else { "" })
        }
        (fetched, cached) => {
            format!("{:.1} MB were downloaded, {:.1} MB were already here", mega(fetched), mega(cached))
        }
    };
    let kept = report.not_kept.map(not_kept).unwrap_or_default();
    format!("Ready after {time:.1} s: {source}.{kept}")
}

/// Why nothing, or not everything, is kept, to follow another sentence.
#[must_use]
pub fn not_kept(why: NotKept) -> &'static str {
    match why {
        NotKept::Address => {
            " Nothing is kept on this device, because browsers keep files only for https addresses and localhost; the next visit downloads again."
        }
        NotKept::Denied => {
            " Nothing is kept on this device, because this browser's settings or a private window forbid it; the next visit downloads again."
        }
        NotKept::Full => {
            " This browser could not keep them all, because its storage for this page is full; the next visit downloads the rest again."
        }
    }
}

/// Beside the device, where not everything is kept.
#[must_use]
pub fn not_kept_short(report: &LoadReport) -> Option<&'static str> {
    report.not_kept.map(|_| match report.kept_bytes {
        0 => "nothing is kept on this device",
        _ => "not everything is kept on this device",
    })
}

/// What becomes of a download.
#[must_use]
pub fn kept_for_next_visit(keeps: bool) -> &'static str {
    if keeps { "kept in this browser for the next visit" } else { "not kept: the next visit downloads it again" }
}

/// How the weights are kept.
#[must_use]
pub fn held(model: &ModelCard) -> String {
    let each = match model.weight_bits {
        bits @ (16 | 32) => format!("as {bits}-bit floats"),
        bits => format!("about {bits} bits each"),
    };
    format!("The weights take {:.0} MB of memory, {each}.", model.memory_bytes as f64 / 1e6)
}

/// What was read of a model; one that is open has nothing that is not understood.
#[must_use]
pub fn account(inspection: &Inspection) -> String {
    let Used { tensors, shape_keys, tokenizer_keys, shown_keys } = inspection.used;
    let keys = shape_keys + tokenizer_keys + shown_keys;
    format!(
        "Nothing was guessed: {} keys and tensors used, {} without effect, {} not understood.",
        tensors + keys,
        inspection.without_effect.len(),
        inspection.not_understood.len()
    )
}

/// What was used of a model, and how much of each.
pub fn counts(inspection: &Inspection) -> impl Iterator<Item = (usize, &'static str)> + use<> {
    let Used { tensors, shape_keys, tokenizer_keys, shown_keys } = inspection.used;
    let counts = [
        (tensors, "tensors"),
        (shape_keys, "keys for the shape: layers, heads, widths, norms, positions, classes"),
        (tokenizer_keys, "keys for the tokenizer: pieces, merges, special tokens, where writing stops"),
        (shown_keys, "keys that are shown: name, author, licence"),
    ];
    counts.into_iter().filter(|(count, _)| *count > 0)
}

/// Where a model stops writing, and who says so.
#[must_use]
pub fn stops(inspection: &Inspection) -> Option<String> {
    let stops = inspection.stop_tokens.iter().map(|stop| format!("{} ({})", stop.text, stop.source));
    let stops: Vec<String> = stops.collect();
    (!stops.is_empty()).then(|| format!("Writing stops at {}.", stops.join(", ")))
}

/// The model is larger than the device's memory allows.
#[must_use]
pub fn does_not_fit(memory_bytes: u64) -> String {
    format!(
        "This device says that it has too little memory for it: the weights take {:.0} MB, beside the browser and the page. You can try; if it does not work, the page starts its engine again.",
        memory_bytes as f64 / 1e6
    )
}

#[cfg(test)]
mod tests {
    use vitrine_schema::StopToken;
    use vitrine_schema::inspection::Entry;

    use super::*;

    #[test]
    fn the_badge_says_which_device_and_why() {
        let report = |device, reason| DeviceReport { device, reason, self_test: 2e-6, fused: true };
        let named = DeviceReason::SoftwareAdapter { name: "llvmpipe".into() };
        assert_eq!(
            reason(&report(DeviceKind::Cpu, named)),
            "The model runs on the CPU, because the browser's graphics adapter (llvmpipe) is a program, which \
             would be far slower. Self-test passed: largest relative difference 2e-6. Products use the relaxed multiply-add of this browser."
        );
        let measured = DeviceReason::Measured { webgpu_millis: 3.4, cpu_millis: 20.6 };
        assert!(reason(&report(DeviceKind::Webgpu, measured)).contains("test job: GPU 3 ms, CPU 21 ms. Self-test"));
    }

    #[test]
    fn an_account_counts_what_was_used() {
        let stop = |text: &str| StopToken { id: 2, text: text.into(), source: "config.json".into() };
        let used = Used { tensors: 30, shape_keys: 4, tokenizer_keys: 0, shown_keys: 0 };
        let read = Inspection { used, stop_tokens: vec![stop("</s>"), stop("<eos>")], ..Inspection::default() };
        assert_eq!(counts(&read).map(|(count, _)| count).collect::<Vec<_>>(), [30, 4]);
        assert_eq!(
            account(&read),
            "Nothing was guessed: 34 keys and tensors used, 0 without effect, 0 not understood."
        );
        let said = "Writing stops at </s> (config.json), <eos> (config.json).";
        let entry = |name: &str| Entry { source: String::new(), name: name.into(), reason: "unused".into() };
        let rest = Inspection { without_effect: vec![entry("a"), entry("b")], ..read.clone() };
        assert_eq!(rest.by_reason().get("unused"), Some(&vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((stops(&read).as_deref(), stops(&Inspection::default())), (Some(said), None));
    }

    #[test]
    fn a_download_says_what_was_sent_and_what_stays() {
        let report = |fetched_bytes, cached_bytes, not_kept: Option<NotKept>| LoadReport {
            fetched_bytes,
            cached_bytes,
            stored: not_kept.is_none(),
            kept_bytes: 0,
            not_kept,
            checked: true,
            elapsed_millis: 1500.0,
        };
        let cases = [
            (report(0, 0, None), "Ready after 1.5 s: it was read from your disk, 0 bytes were sent."),
            (
                report(0, 2_000_000, None),
                "Ready after 1.5 s: 2.0 MB came from this browser's storage, nothing was downloaded.",
            ),
            (report(2_000_000, 0, None), "Ready after 1.5 s: 2.0 MB were downloaded and checked."),
            (
                report(2_000_000, 3_000_000, None),
                "Ready after 1.5 s: 2.0 MB were downloaded, 3.0 MB were already here.",
            ),
        ];
        for (found, expected) in cases {
            assert_eq!(load(&found), expected);
        }
        let private = report(2_000_000, 0, Some(NotKept::Denied));
        assert!(load(&private).ends_with("forbid it; the next visit downloads again."));
        assert_eq!(not_kept_short(&private), Some("nothing is kept on this device"));
    }
}
