//! What is said of every figure of the stored findings, at three lengths.

use std::path::Path;

use vitrine_figure::drawings;
use vitrine_schema::Finding;

#[test]
fn every_figure_is_told_at_three_lengths() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort();
    let mut told = String::new();
    for file in files {
        let finding = Finding::from_json(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        for figure in drawings(&finding, 800.0) {
            let reading = figure.told.reading;
            for length in [&reading.line, &reading.paragraph, &reading.technical] {
                assert!(length.ends_with(['.', '”']) && !length.contains("NaN"), "{stem} {}: {length}", figure.name);
            }
            told += &format!(
                "{stem}, {}\n  {}\n  {}\n  {}\n\n",
                figure.name, reading.line, reading.paragraph, reading.technical
            );
        }
    }
    insta::assert_snapshot!(told);
}
