//! A drawing as nodes of the page: each is touched only when its own shape changes, so that nothing that moves makes the rest
//! anew, and what is under the pointer stays the node that it was.

use std::cell::Cell;
use std::mem;

use leptos::prelude::{document, window};
use vitrine_figure::color::{Rgb, Theme};
use vitrine_figure::drawing::{Anchor, Area, Drawing, Form, Group, Paint, Part, Role, Shape, Step, Stroke, Text};
use vitrine_figure::font::Face;
use vitrine_figure::svg;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

const SVG: &str = "http://www.w3.org/2000/svg";
/// A layer of more shapes than this is painted on the canvas.
const NODES_MOST: usize = 1500;
/// What is seen of a painted shape while another part is pointed at; for nodes the style sheet says it.
const FADED: f64 = 0.2;

/// The nodes of one drawing.
pub struct Painter {
    root: Element,
    canvas: HtmlCanvasElement,
    /// Tells its clips and hatching from those of other figures on the page.
    id: usize,
    theme: Theme,
    pointed: Option<Part>,
    drawn: Drawing,
    layers: Vec<LayerNodes>,
}

struct LayerNodes {
    node: Element,
    /// The clip and its rectangle.
    clip: [Element; 2],
    groups: Vec<GroupNodes>,
}

struct GroupNodes {
    node: Element,
    area: Option<Element>,
    shapes: Vec<Element>,
}

impl Painter {
    /// Nothing is drawn yet.
    pub fn new(root: Element, canvas: HtmlCanvasElement) -> Self {
        thread_local! {
            static DRAWINGS: Cell<usize> = const { Cell::new(0) };
        }
        let id = DRAWINGS.replace(DRAWINGS.get() + 1);
        let painter = Self {
            root,
            canvas,
            id,
            theme: Theme::Light,
            pointed: None,
            drawn: Drawing::default(),
            layers: Vec::new(),
        };
        painter.hatching();
        painter
    }

    /// Shows another drawing in the place of the last.
    pub fn paint(&mut self, next: Drawing, theme: Theme) {
        let old = mem::take(&mut self.drawn);
        // A data colour depends on the paper.
        let old = if theme == self.theme { old } else { Drawing { layers: Vec::new(), ..old } };
        self.theme = theme;
        if (old.width, old.height) != (next.width, next.height) {
            let (width, height) = (shown(next.width), shown(next.height));
            put(&self.root, "viewBox", &format!("0 0 {width} {height}"));
            put(&self.root, "width", &width);
            put(&self.root, "height", &height);
        }
        let mut layers = mem::take(&mut self.layers);
        while layers.len() > next.layers.len() {
            if let Some(LayerNodes { node, clip: [clip, _], .. }) = layers.pop() {
                node.remove();
                clip.remove();
            }
        }
        for (i, layer) in next.layers.iter().enumerate() {
            if layers.len() == i {
                let Some(nodes) = self.layer(i) else { return };
                layers.push(nodes);
            }
            let (Some(nodes), old) = (layers.get_mut(i), old.layers.get(i)) else { continue };
            if old.map(|old| old.clip) != Some(layer.clip) {
                self.clip(nodes, i, layer.clip);
            }
            while nodes.groups.len() > layer.groups.len() {
                if let Some(group) = nodes.groups.pop() {
                    group.node.remove();
                }
            }
            let painted = is_large(&layer.groups);
            for (j, group) in layer.groups.iter().enumerate() {
                if nodes.groups.len() == j {
                    let Some(node) = add(&nodes.node, "g") else { return };
                    nodes.groups.push(GroupNodes { node, area: None, shapes: Vec::new() });
                }
                let before = old.and_then(|old| old.groups.get(j));
                if let (Some(nodes), false) = (nodes.groups.get_mut(j), before == Some(group)) {
                    self.group(nodes, before, group, if painted { &[] } else { &group.shapes });
                }
            }
        }
        self.layers = layers;
        self.drawn = next;
        self.paint_canvas();
    }

    /// Lets a part stand out from the others, or none.
    pub fn point(&mut self, part: Option<Part>) {
        if part == self.pointed {
            return;
        }
        let last = mem::replace(&mut self.pointed, part);
        match part {
            Some(_) => put(&self.root, "class", "drawing__picture is-pointing"),
            None => put(&self.root, "class", "drawing__picture"),
        }
        for (layer, nodes) in self.drawn.layers.iter().zip(&self.layers) {
            for (group, nodes) in layer.groups.iter().zip(&nodes.groups) {
                if group.part.is_some() && (group.part == part || group.part == last) {
                    self.mark(nodes, group);
                }
            }
        }
        self.paint_canvas();
    }

    /// The stripes of what must not be relied on.
    fn hatching(&self) -> Option<()> {
        let pattern = add(&self.root, "pattern")?;
        put(&pattern, "id", &format!("hatch-{}", self.id));
        for (name, value) in
            [("width", "8"), ("height", "8"), ("patternUnits", "userSpaceOnUse"), ("patternTransform", "rotate(45)")]
        {
            put(&pattern, name, value);
        }
        let stripe = add(&pattern, "rect")?;
        for (name, value) in [("width", "3"), ("height", "8"), ("fill", "var(--soft)")] {
            put(&stripe, name, value);
        }
        Some(())
    }

    fn layer(&self, i: usize) -> Option<LayerNodes> {
        let clip = add(&self.root, "clipPath")?;
        put(&clip, "id", &format!("clip-{}-{i}", self.id));
        let rect = add(&clip, "rect")?;
        Some(LayerNodes { node: add(&self.root, "g")?, clip: [clip, rect], groups: Vec::new() })
    }

    fn clip(&self, nodes: &LayerNodes, i: usize, clip: Option<Area>) {
        let Some(area) = clip else { return take(&nodes.node, "clip-path") };
        place(&nodes.clip[1], area);
        put(&nodes.node, "clip-path", &format!("url(#clip-{}-{i})", self.id));
    }

    fn group(&self, nodes: &mut GroupNodes, before: Option<&Group>, group: &Group, shapes: &[Shape]) {
        if before.is_none_or(|before| before.part != group.part) {
            match group.part {
                Some(part) => put(&nodes.node, "data-part", &part.name()),
                None => take(&nodes.node, "data-part"),
            }
            self.mark(nodes, group);
        }
        // The area lies under the shapes and is what is pointed at between them.
        let area = group.area.filter(|_| group.part.is_some());
        if let Some(area) = area {
            if nodes.area.is_none() {
                nodes.area = make("rect");
                if let Some(node) = &nodes.area {
                    put(node, "fill", "transparent");
                    // A node that was just made has no place of its own to lose.
                    let _ = nodes.node.insert_before(node, nodes.node.first_child().as_ref());
                }
            }
            nodes.area.iter().for_each(|node| place(node, area));
        } else if let Some(node) = nodes.area.take() {
            node.remove();
        }
        let old = before.map_or(&[][..], |before| &before.shapes);
        // From the first shape of another kind on the nodes are made anew.
        let kept = nodes.shapes.iter().zip(shapes).take_while(|(node, shape)| node.tag_name() == tag(shape)).count();
        nodes.shapes.drain(kept..).for_each(|node| node.remove());
        for (i, shape) in shapes.iter().enumerate() {
            let new = nodes.shapes.len() == i;
            if new {
                let Some(node) = add(&nodes.node, tag(shape)) else { return };
                nodes.shapes.push(node);
            }
            if new || old.get(i) != Some(shape) {
                nodes.shapes.get(i).into_iter().for_each(|node| self.dress(node, shape, new));
            }
        }
    }

    fn mark(&self, nodes: &GroupNodes, group: &Group) {
        if group.part.is_some() && group.part == self.pointed {
            put(&nodes.node, "class", "is-here");
        } else {
            take(&nodes.node, "class");
        }
    }

    fn dress(&self, node: &Element, shape: &Shape, new: bool) {
        let set = |name: &str, value: Option<&str>| match value {
            Some(value) => put(node, name, value),
            None if new => {}
            None => take(node, name),
        };
        match &shape.form {
            Form::Rect { area, radius } => {
                place(node, *area);
                set("rx", Some(&shown(*radius)).filter(|_| *radius > 0.0).map(String::as_str));
            }
            Form::Circle { x, y, radius } => {
                put(node, "cx", &shown(*x));
                put(node, "cy", &shown(*y));
                put(node, "r", &shown(radius.max(0.0)));
            }
            Form::Path(steps) => put(node, "d", &svg::path(steps)),
            Form::Text(Text { x, y, text, letters, anchor, turn }) => {
                let family = match letters.face {
                    Face::Serif => "var(--serif)",
                    Face::Sans => "var(--sans)",
                    Face::Mono => "var(--mono)",
                };
                put(node, "x", &shown(*x));
                put(node, "y", &shown(*y));
                put(node, "font-family", family);
                put(node, "font-size", &shown(letters.size));
                set("font-weight", letters.bold.then_some("600"));
                set(
                    "text-anchor",
                    match anchor {
                        Anchor::Start => None,
                        Anchor::Middle => Some("middle"),
                        Anchor::End => Some("end"),
                    },
                );
                let turned = (*turn != 0.0).then(|| format!("rotate({} {} {})", shown(*turn), shown(*x), shown(*y)));
                set("transform", turned.as_deref());
                if node.text_content().as_deref() != Some(text) {
                    node.set_text_content(Some(text));
                }
            }
        }
        let opacity = |paint: Paint| Some(shown(paint.opacity)).filter(|_| paint.opacity < 1.0);
        let fill = shape.fill.map_or_else(|| "none".to_owned(), |fill| self.colour(fill.role));
        put(node, "fill", &fill);
        set("fill-opacity", shape.fill.and_then(opacity).as_deref());
        let dash = shape.stroke.and_then(|stroke| stroke.dash).map(|(dash, gap)| shown(dash) + " " + &shown(gap));
        set("stroke", shape.stroke.map(|stroke| self.colour(stroke.paint.role)).as_deref());
        set("stroke-opacity", shape.stroke.and_then(|stroke| opacity(stroke.paint)).as_deref());
        set("stroke-width", shape.stroke.map(|stroke| shown(stroke.width)).as_deref());
        set("stroke-dasharray", dash.as_deref());
    }

    /// Roles of the page by their names, so that they follow its style sheet; data by their own colours.
    fn colour(&self, role: Role) -> String {
        let name = match role {
            Role::Ink => "var(--ink)",
            Role::Soft => "var(--soft)",
            Role::Line => "var(--line)",
            Role::Paper => "var(--paper)",
            Role::Accent => "var(--accent)",
            Role::Hatch => return format!("url(#hatch-{})", self.id),
            data => return data.rgb(self.theme).css(),
        };
        name.to_owned()
    }

    /// Paints the layers that have more shapes than a page can hold as nodes.
    fn paint_canvas(&self) -> Option<()> {
        let large = || self.drawn.layers.iter().filter(|layer| is_large(&layer.groups));
        if large().next().is_none() {
            return self.canvas.set_attribute("hidden", "").ok();
        }
        self.canvas.remove_attribute("hidden").ok()?;
        let pixels = window().device_pixel_ratio();
        let side = |length: f32| (f64::from(length) * pixels) as u32;
        self.canvas.set_width(side(self.drawn.width));
        self.canvas.set_height(side(self.drawn.height));
        let context = self.canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        context.scale(pixels, pixels).ok()?;
        for group in large().flat_map(|layer| &layer.groups) {
            let faded = self.pointed.is_some() && group.part.is_some() && group.part != self.pointed;
            for shape in &group.shapes {
                self.paint_shape(&context, shape, if faded { FADED } else { 1.0 });
            }
        }
        Some(())
    }

    /// Rectangles and lines, which is all that comes in thousands.
    fn paint_shape(&self, context: &CanvasRenderingContext2d, shape: &Shape, seen: f64) {
        let css = |paint: Paint| {
            context.set_global_alpha(seen * f64::from(paint.opacity));
            let Rgb(red, green, blue) = paint.role.rgb(self.theme);
            format!("#{red:02x}{green:02x}{blue:02x}")
        };
        let number = |value: f32| f64::from(value);
        match &shape.form {
            Form::Rect { area: Area { x, y, width, height }, .. } => {
                let Some(fill) = shape.fill else { return };
                context.set_fill_style_str(&css(fill));
                context.fill_rect(number(*x), number(*y), number(*width), number(*height));
            }
            Form::Path(steps) => {
                let Some(Stroke { paint, width, .. }) = shape.stroke else { return };
                context.set_stroke_style_str(&css(paint));
                context.set_line_width(number(width));
                context.begin_path();
                for step in steps {
                    match *step {
                        Step::Move(x, y) => context.move_to(number(x), number(y)),
                        Step::Line(x, y) => context.line_to(number(x), number(y)),
                        Step::Cubic([a, b, c, d, x, y]) => {
                            let [a, b, c, d, x, y] = [a, b, c, d, x, y].map(number);
                            context.bezier_curve_to(a, b, c, d, x, y);
                        }
                        Step::Close => context.close_path(),
                    }
                }
                context.stroke();
            }
            Form::Circle { .. } | Form::Text(_) => {}
        }
    }
}

fn is_large(groups: &[Group]) -> bool {
    groups.iter().map(|group| group.shapes.len()).sum::<usize>() > NODES_MOST
}

const fn tag(shape: &Shape) -> &'static str {
    match shape.form {
        Form::Rect { .. } => "rect",
        Form::Circle { .. } => "circle",
        Form::Path(_) => "path",
        Form::Text(_) => "text",
    }
}

fn make(name: &str) -> Option<Element> {
    document().create_element_ns(Some(SVG), name).ok()
}

fn add(parent: &Element, name: &str) -> Option<Element> {
    let node = make(name)?;
    parent.append_child(&node).ok()?;
    Some(node)
}

fn place(node: &Element, area: Area) {
    put(node, "x", &shown(area.x));
    put(node, "y", &shown(area.y));
    put(node, "width", &shown(area.width.max(0.0)));
    put(node, "height", &shown(area.height.max(0.0)));
}

fn put(node: &Element, name: &str, value: &str) {
    // An attribute is refused for its name alone, and these are names.
    let _ = node.set_attribute(name, value);
}

fn take(node: &Element, name: &str) {
    let _ = node.remove_attribute(name);
}

fn shown(value: f32) -> String {
    let mut out = String::new();
    svg::number(&mut out, value);
    out
}
