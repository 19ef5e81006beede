//! Time and frames.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// Frames after which there is something to read.
const FRAMES: u32 = 2;

/// A frame callback that asks for the next frame itself.
type Frame = Closure<dyn FnMut(f64)>;

/// A piece of work.
type Job = Box<dyn FnOnce()>;

/// Jobs that wait for their turn.
#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    runs: bool,
    /// How many parts the last one has; they come before the others.
    parts: usize,
}

thread_local! {
    static JOBS: RefCell<Jobs> = RefCell::default();
}

/// Milliseconds since the page began.
pub fn now_millis() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Calls back once there is something to read.
pub fn after_paint(painted: impl FnOnce() + 'static) {
    let (mut frames, mut painted) = (0, Some(painted));
    each_frame(move |_| {
        frames += 1;
        if frames > FRAMES
            && let Some(painted) = painted.take()
        {
            painted();
        }
        frames <= FRAMES
    });
}

/// Calls back before every repaint, with the time, until the callback says that it is done.
pub fn each_frame(mut on_frame: impl FnMut(f64) -> bool + 'static) {
    let again: Rc<RefCell<Option<Frame>>> = Rc::default();
    let inner = Rc::clone(&again);
    let frame = Frame::new(move |time: f64| {
        let wanted = on_frame(time) && inner.borrow().as_ref().is_some_and(request);
        if !wanted {
            // Dropping the closure while it runs is deferred by taking it out after the call.
            let last = inner.borrow_mut().take();
            leptos::task::spawn_local(async move { drop(last) });
        }
    });
    if request(&frame) {
        *again.borrow_mut() = Some(frame);
    }
}

/// Calls back in a task of its own, after those that asked before.
pub fn in_turn(job: impl FnOnce() + 'static) {
    wait(|jobs| jobs.waiting.push_back(Box::new(job)));
}

/// Calls back in a task of its own, as a part of what the last job began and so before all others that wait: a page is built from its
/// top to its end, and nothing that is seen is pushed down.
pub fn in_place(job: impl FnOnce() + 'static) {
    wait(|jobs| {
        jobs.waiting.insert(jobs.parts.min(jobs.waiting.len()), Box::new(job));
        jobs.parts += 1;
    });
}

fn wait(add: impl FnOnce(&mut Jobs)) {
    let starts = JOBS.with_borrow_mut(|jobs| {
        add(jobs);
        jobs.waiting.len() == 1 && !jobs.runs
    });
    if starts {
        set_timeout(take_turn, Duration::ZERO);
    }
}

fn take_turn() {
    while take_one() {
        // A hidden page has no hand to hold up, and its timers are slow.
        if !document().hidden() {
            return set_timeout(take_turn, Duration::ZERO);
        }
    }
}

/// Whether more wait.
fn take_one() -> bool {
    let job = JOBS.with_borrow_mut(|jobs| {
        (jobs.runs, jobs.parts) = (true, 0);
        jobs.waiting.pop_front()
    });
    job.into_iter().for_each(|job| job());
    JOBS.with_borrow_mut(|jobs| {
        jobs.runs = false;
        !jobs.waiting.is_empty()
    })
}

fn request(frame: &Frame) -> bool {
    window().request_animation_frame(frame.as_ref().unchecked_ref()).is_ok()
}
