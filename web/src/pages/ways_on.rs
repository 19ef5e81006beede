//! What can be done about a refusal, one press away.

use leptos::prelude::Set;
use vitrine_schema::MethodId;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::protocol::Failure;

use crate::messages::Trouble;
use crate::state::workbench::Workbench;

/// Its name on the button, and what it does.
type Way = (&'static str, fn(Workbench));

const USUAL_ANSWER: Way = ("Explain the usual answer", |bench| bench.explain_instead(None, None));
const USUAL_VALUES: Way = ("Use the usual values", |bench| {
    bench.method.usual_values();
    bench.look();
});
const LAST_POSITION: Way = ("Look at the last position", |bench| {
    bench.position.set(None);
    bench.look();
});
const AS_IT_STANDS: Way = ("Ask about this text", |bench| bench.ask());
const AGAIN: Way = ("Try again", |bench| bench.go_on());
const FROM_A: Way = ("Begin again with A", |bench| bench.set_beside(String::new()));
const PARTITION: Way = ("Use Partition SHAP", |bench| bench.explain_by(MethodId::PartitionShap));
const OCCLUSION: Way = ("Use Occlusion", |bench| bench.explain_by(MethodId::Occlusion));

/// The ways on from a trouble; none where only another text or model helps.
pub fn ways_on(trouble: &Trouble) -> &'static [Way] {
    let refusal = match trouble {
        Trouble::Address(_) => return &[AS_IT_STANDS],
        Trouble::BrokeTwice => return &[AGAIN],
        Trouble::Failure(Failure::Refused { refusal }) => refusal,
        _ => return &[],
    };
    match refusal {
        Refusal::UnknownTarget { .. }
        | Refusal::NoSuchToken { .. }
        | Refusal::TargetIsFoil { .. }
        | Refusal::EmptyTarget
        | Refusal::NoProbability { .. }
        | Refusal::NothingToCompare => &[USUAL_ANSWER],
        Refusal::UnknownParameter { .. }
        | Refusal::BadParameter { .. }
        | Refusal::NoStandIn { .. }
        | Refusal::TooFewRuns { .. } => &[USUAL_VALUES],
        Refusal::TooManyPlayers { .. } => &[PARTITION, OCCLUSION],
        Refusal::TextTooLong { .. } => &[OCCLUSION],
        Refusal::NoSuchPosition { .. } => &[LAST_POSITION],
        Refusal::SameTexts | Refusal::OneToken | Refusal::SameAnswer { .. } | Refusal::NoDifference { .. } => &[FROM_A],
        _ => &[],
    }
}
