//! One scene in someone else's page: no header, no engine before a button asks for it, as high as what it shows.

use leptos::prelude::*;
use vitrine_share::Embed;
use vitrine_share::embed::Piece;
use vitrine_words::failure::sentence_of;

use crate::pages::embed::Framed;
use crate::services::page::from_head;
use crate::state::story::{Contents, Scene, contents, scene};
use crate::views::scene::{Nth, SceneHead, SceneView};

/// The scene that the address of the frame names.
#[component]
pub fn EmbeddedScene() -> impl IntoView {
    let show = |embed| view! { <Fetched embed=embed/> }.into_any();
    view! { <Framed label="A scene of Vitrine" title="A scene of Vitrine’s Story" show=show/> }
}

/// A scene once it is there.
#[component]
fn Fetched(embed: Embed) -> impl IntoView {
    let name = embed.scene().and_then(|place| place.scene).unwrap_or_default();
    let page = from_head("vitrine-embed").unwrap_or_default();
    let story = format!("{page}#/story/{name}");
    let found = RwSignal::new(None::<StoredValue<Option<(Contents, Scene)>>>);
    let wanted = name.clone();
    leptos::task::spawn_local(async move {
        // What is not listed is not asked for.
        let contents = contents().await.filter(|contents| contents.scenes.iter().any(|scene| scene.name == wanted));
        let both = match contents {
            Some(contents) => scene(&wanted).await.map(|scene| (contents, scene)),
            None => None,
        };
        let _ = found.try_set(Some(StoredValue::new(both)));
    });
    let fault = embed.fault.as_ref().map(|fault| sentence_of(&fault.to_string()));
    let embed = StoredValue::new(embed);
    view! {
        {fault.map(|fault| view! { <p class="aside-text" role="alert" data-testid="fault">{fault}</p> })}
        {move || found.get().map(|found| match found.try_update_value(Option::take).flatten() {
            Some((contents, scene)) => {
                let listed = contents.scenes.iter().position(|listed| listed.name == name).and_then(|at| Some((at, contents.scenes.get(at)?.clone())));
                let Embed { show, predict, .. } = embed.get_value();
                let step = embed.with_value(|embed| embed.scene()).and_then(|place| place.step).map(|step| step - 1);
                view! {
                    {listed.filter(|_| show.contains(&Piece::Claim)).map(|(at, listed)| view! { <SceneHead listed=listed nth=Nth { nth: at + 1, of: contents.scenes.len() }/> })}
                    <SceneView name=name.clone() scene=scene predict=Signal::stored(predict) here=Signal::stored(true) on_step=|_| () wanted=Signal::stored(step) pieces=show/>
                }.into_any()
            }
            None => view! {
                <p role="alert" data-testid="error">"This scene of the Story could not be fetched; see whether its name “"{name.clone()}"” is right and the page is complete where it is hosted."</p>
            }.into_any(),
        })}
        <footer class="embed__foot"><p class="shared__ways"><a href=story target="_blank" rel="noopener">"Read it in Vitrine"</a></p></footer>
    }
}
