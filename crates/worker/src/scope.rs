//! The worker's global scope: clock, pauses, messages.

use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::{Array, Function, Promise, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use vitrine_schema::protocol::{Breakage, Envelope, Response};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessagePort};

/// The global scope.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker began.
pub fn now_millis() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}

thread_local! {
    /// Who pauses, in their order.
    static PAUSING: RefCell<VecDeque<Function>> = RefCell::default();
    /// Where this worker hears itself, and where it writes to itself: a browser makes a timer wait for milliseconds, and a message for none.
    static TO_ITSELF: Option<[MessagePort; 2]> = to_itself();
}

/// Each message that is posted here wakes whoever pauses longest.
fn to_itself() -> Option<[MessagePort; 2]> {
    let channel = MessageChannel::new().ok()?;
    let wake = Closure::<dyn FnMut()>::new(|| {
        if let Some(resolve) = PAUSING.with_borrow_mut(VecDeque::pop_front) {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    channel.port1().set_onmessage(Some(wake.into_js_value().unchecked_ref()));
    Some([channel.port1(), channel.port2()])
}

/// Lets messages that have arrived be handled before going on.
pub async fn pause() {
    let soon = Promise::new(&mut |resolve: Function, _| {
        let posted =
            TO_ITSELF.with(|ports| ports.as_ref().is_some_and(|[_, port]| port.post_message(&JsValue::NULL).is_ok()));
        if posted {
            PAUSING.with_borrow_mut(|pausing| pausing.push_back(resolve));
        } else {
            // Nothing would ever settle the promise.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(soon).await;
}

/// The same after so many milliseconds.
pub async fn pause_for(millis: i32) {
    let later = Promise::new(&mut |resolve: Function, _| {
        if scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis).is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(later).await;
}

/// Something that a browser, or an address, may not have; a getter that throws counts as absent.
pub fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// Calls a method that answers with a promise.
///
/// # Errors
/// What was thrown; what is thrown later, the future says.
pub fn begin(object: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsFuture, JsValue> {
    let function: Function = Reflect::get(object, &name.into())?.dyn_into()?;
    let arguments: Array = arguments.iter().copied().collect();
    let promise: Promise = function.apply(object, &arguments)?.dyn_into()?;
    Ok(JsFuture::from(promise))
}

/// The same, waited for; whatever is thrown, now or later, is the error.
pub async fn call(object: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    begin(object, name, arguments)?.await
}

/// As JSON would have it, but with bytes in one piece: arrays of a million numbers would stop the page.
pub const fn serializer() -> Serializer {
    Serializer::json_compatible().serialize_bytes_as_arrays(false)
}

/// Sends a reply to the page, or to the worker that this one helps.
pub fn reply(id: u32, body: Response) {
    if let Ok(message) = (Envelope { id, body }).serialize(&serializer()) {
        let _ = scope().post_message(&message);
    }
}

/// Announces that this worker must be replaced.
pub fn announce(breakage: Breakage) {
    reply(0, Response::Broken { breakage });
}
