//! A drawing as nodes of the page: each is touched only when its own shape changes, so that nothing that moves makes the rest
//! anew, and what is under the pointer stays the node that it was.

use std::cell::Cell;
use std::mem;

use leptos::prelude::{document, window};
use vitrine_figure::color::{Rgb, Theme};
use vitrine_figure::drawing::{Area, Drawing, Form, Group, Paint, Part, Role, Shape, Step, Stroke};
use vitrine_figure::font::Face;
use vitrine_figure::svg::{self, Attribute};
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
    shapes: Vec<ShapeNode>,
}

struct ShapeNode {
    node: Element,
    /// The attributes that it has.
    worn: Vec<Attribute>,
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
            put_all(&self.root, &svg::root(&next));
        }
        let mut layers = mem::take(&mut self.layers);
        layers.drain(next.layers.len().min(layers.len())..).for_each(|LayerNodes { node, clip: [clip, _], .. }| {
            node.remove();
            clip.remove();
        });
        for (i, layer) in next.layers.iter().enumerate() {
            if layers.len() == i {
                let Some(nodes) = self.layer(i) else { return };
                layers.push(nodes);
            }
            let (Some(nodes), old) = (layers.get_mut(i), old.layers.get(i)) else { continue };
            if old.map(|old| old.clip) != Some(layer.clip) {
                self.clip(nodes, i, layer.clip);
            }
            let kept = layer.groups.len().min(nodes.groups.len());
            nodes.groups.drain(kept..).for_each(|group| group.node.remove());
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
        let turned = [("patternUnits", "userSpaceOnUse"), ("patternTransform", "rotate(45)")];
        [("width", "8"), ("height", "8")].iter().chain(&turned).for_each(|(name, value)| put(&pattern, name, value));
        let stripe = add(&pattern, "rect")?;
        [("width", "3"), ("height", "8"), ("fill", "var(--soft)")]
            .iter()
            .for_each(|(name, value)| put(&stripe, name, value));
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
        put_all(&nodes.clip[1], &svg::area(area));
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
            nodes.area.iter().for_each(|node| put_all(node, &svg::area(area)));
        } else if let Some(node) = nodes.area.take() {
            node.remove();
        }
        let old = before.map_or(&[][..], |before| &before.shapes);
        // From the first shape of another kind on the nodes are made anew.
        let alike = |(drawn, shape): &(&ShapeNode, &Shape)| drawn.node.tag_name() == svg::tag(shape);
        let kept = nodes.shapes.iter().zip(shapes).take_while(alike).count();
        nodes.shapes.drain(kept..).for_each(|drawn| drawn.node.remove());
        for (i, shape) in shapes.iter().enumerate() {
            if nodes.shapes.len() == i {
                let Some(node) = add(&nodes.node, svg::tag(shape)) else { return };
                nodes.shapes.push(ShapeNode { node, worn: Vec::new() });
            }
            if i >= kept || old.get(i) != Some(shape) {
                nodes.shapes.get_mut(i).into_iter().for_each(|drawn| self.dress(drawn, shape));
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

    fn dress(&self, drawn: &mut ShapeNode, shape: &Shape) {
        let family = |face| match face {
            Face::Serif => Some("var(--serif)"),
            Face::Sans => Some("var(--sans)"),
            Face::Mono => Some("var(--mono)"),
        };
        let ShapeNode { node, worn } = drawn;
        let next = svg::attributes(shape, family, |role| self.colour(role));
        next.iter().filter(|attribute| !worn.contains(attribute)).for_each(|(name, value)| put(node, name, value));
        let gone = worn.iter().filter(|(old, _)| next.iter().all(|(name, _)| name != old));
        gone.for_each(|(name, _)| take(node, name));
        *worn = next;
        if let Form::Text(text) = &shape.form
            && node.text_content().as_ref() != Some(&text.text)
        {
            node.set_text_content(Some(&text.text));
        }
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

fn make(name: &str) -> Option<Element> {
    document().create_element_ns(Some(SVG), name).ok()
}

fn add(parent: &Element, name: &str) -> Option<Element> {
    let node = make(name)?;
    parent.append_child(&node).ok()?;
    Some(node)
}

fn put(node: &Element, name: &str, value: &str) {
    // An attribute is refused for its name alone, and these are names.
    let _ = node.set_attribute(name, value);
}

fn put_all(node: &Element, attributes: &[Attribute]) {
    attributes.iter().for_each(|(name, value)| put(node, name, value));
}

fn take(node: &Element, name: &str) {
    let _ = node.remove_attribute(name);
}
