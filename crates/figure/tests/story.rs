//! Every figure that a scene of the Story names is drawn, at every width and place, and only its data move.

use serde_json::Value;
use vitrine_figure::at;
use vitrine_schema::Finding;

#[test]
fn every_step_and_every_trial_has_its_figure() {
    let mut drawn = 0;
    for entry in std::fs::read_dir("../../web/story").unwrap() {
        let path = entry.unwrap().path();
        let scene: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let lists = [&scene["steps"], &scene["trial"]["choices"]];
        for shown in lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten()) {
            let (finding, figure) = (shown["finding"].as_str().unwrap(), shown["figure"].as_str().unwrap());
            let what = format!("{}: {figure} of {finding}", path.display());
            let finding: Finding = serde_json::from_value(scene["findings"][finding].clone()).unwrap();
            for width in [312.0, 640.0, 1000.0] {
                let sizes = [0.0, 0.4, 1.0].map(|position| {
                    let drawing = at(&finding, figure, position, width).unwrap_or_else(|| panic!("{what}"));
                    (drawing.width, drawing.height)
                });
                assert!(sizes[0].1 > 0.0 && sizes.iter().all(|size| *size == sizes[0]), "{what}: {sizes:?}");
                drawn += 1;
            }
        }
    }
    assert!(drawn > 100, "{drawn}");
}
