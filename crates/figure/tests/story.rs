//! Every figure that a scene of the Story names is drawn, at every width and place, and only its data move.

use serde_json::Value;
use vitrine_figure::{at, drawings};
use vitrine_schema::Finding;

/// What the figures of the Story that move have more of with every position, and all of in the end.
#[test]
fn what_moves_grows_from_nothing_to_what_was_found() {
    let moving = [
        ("attention", "maps", "head"),
        ("attention", "maps", "lines"),
        ("votes", "vote", "braid"),
        ("votes", "vote", "votes"),
        ("which", "all", "methods"),
        ("why", "why", "receipt"),
    ];
    for (scene, finding, figure) in moving {
        let scene: Value =
            serde_json::from_slice(&std::fs::read(format!("../../web/story/{scene}.json")).unwrap()).unwrap();
        let finding: Finding = serde_json::from_value(scene["findings"][finding].clone()).unwrap();
        let marks = |position| {
            let drawing = at(&finding, figure, position, 1000.0).unwrap();
            drawing.groups().map(|group| group.shapes.len()).sum::<usize>()
        };
        let grown: Vec<usize> = (0..=20).map(|place| marks(place as f32 / 20.0)).collect();
        assert!(grown.windows(2).all(|pair| pair[0] <= pair[1]) && grown[0] < grown[20], "{figure}: {grown:?}");
        let whole = drawings(&finding, 1000.0).into_iter().find(|whole| whole.name == figure).unwrap();
        assert_eq!(Some(whole.drawing), at(&finding, figure, 1.0, 1000.0));
    }
}

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
