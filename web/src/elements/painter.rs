//! A drawing as nodes of the page: each is touched only when its own shape changes, so that nothing that moves makes the rest
//! anew, and what is under the pointer stays the node that it was.

use std::cell::Cell;
use std::mem;

use leptos::prelude::{document, window};
use vitrine_figure::color::Theme;
use vitrine_figure::drawing::{Drawing, Form, Group, Part, Role, Shape};
use vitrine_figure::font::Face;
use vitrine_figure::svg::{self, Attribute};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

use crate::elements::canvas::paint_shape;

const SVG: &str = "http://www.w3.org/2000/svg";
/// A layer of more shapes than this is painted on the canvas.
const NODES_MOST: usize = 1500;
/// What is seen of a painted shape while another part is pointed at; for nodes the style sheet says it.
const FADED: f64 = 0.2;

/// Name, attributes and text of a node.
type Look<'a> = (&'static str, Vec<Attribute>, Option<&'a str>);

/// The nodes of one drawing.
pub struct Painter {
    root: Dressed,
    canvas: HtmlCanvasElement,
    /// Tells its clips and hatching from those of other figures on the page.
    id: usize,
    theme: Theme,
    pointed: Option<Part>,
    blinking: Vec<Part>,
    drawn: Drawing,
    layers: Vec<LayerNodes>,
}

struct LayerNodes {
    node: Dressed,
    clip: Element,
    /// What is seen through the clip.
    seen: Dressed,
    groups: Vec<GroupNodes>,
}

struct GroupNodes {
    node: Dressed,
    shapes: Vec<Dressed>,
}

/// A node with the attributes that it wears.
struct Dressed {
    node: Element,
    worn: Vec<Attribute>,
}

impl Dressed {
    fn add(parent: &Element, name: &str) -> Option<Self> {
        let node = document().create_element_ns(Some(SVG), name).ok()?;
        parent.append_child(&node).ok()?;
        Some(Self { node, worn: Vec::new() })
    }

    /// Wears these attributes in the place of the last ones. An attribute is refused for its name alone, and these are names.
    fn dress(&mut self, next: Vec<Attribute>) {
        for (name, value) in next.iter().filter(|attribute| !self.worn.contains(attribute)) {
            let _ = self.node.set_attribute(name, value);
        }
        for (name, _) in self.worn.iter().filter(|(old, _)| next.iter().all(|(name, _)| name != old)) {
            let _ = self.node.remove_attribute(name);
        }
        self.worn = next;
    }
}

impl Painter {
    /// Nothing is drawn yet.
    pub fn new(root: Element, canvas: HtmlCanvasElement) -> Self {
        thread_local! {
            static DRAWINGS: Cell<usize> = const { Cell::new(0) };
        }
        let id = DRAWINGS.replace(DRAWINGS.get() + 1);
        // The stripes of what must not be relied on.
        root.set_inner_html(&format!(
            r#"<pattern id="hatch-{id}" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="8" fill="var(--soft)"/></pattern>"#
        ));
        let root = Dressed { node: root, worn: Vec::new() };
        let (drawn, layers) = (Drawing::default(), Vec::new());
        Self { root, canvas, id, theme: Theme::Light, pointed: None, blinking: Vec::new(), drawn, layers }
    }

    /// Shows another drawing in the place of the last.
    pub fn paint(&mut self, next: Drawing, theme: Theme) {
        let mut old = mem::take(&mut self.drawn);
        // A data colour depends on the paper.
        if theme != mem::replace(&mut self.theme, theme) {
            old.layers.clear();
        }
        self.root.dress(svg::root(&next).into());
        let mut layers = mem::take(&mut self.layers);
        layers.drain(next.layers.len().min(layers.len())..).for_each(|layer| {
            layer.node.node.remove();
            layer.clip.remove();
        });
        for (i, layer) in next.layers.iter().enumerate() {
            if layers.len() == i {
                let Some(nodes) = self.layer(i) else { return };
                layers.push(nodes);
            }
            let (Some(nodes), old) = (layers.get_mut(i), old.layers.get(i)) else { continue };
            nodes
                .node
                .dress(layer.clip.map(|_| ("clip-path", format!("url(#clip-{}-{i})", self.id))).into_iter().collect());
            nodes.seen.dress(layer.clip.map(svg::area).into_iter().flatten().collect());
            let kept = layer.groups.len().min(nodes.groups.len());
            nodes.groups.drain(kept..).for_each(|group| group.node.node.remove());
            let painted = is_large(&layer.groups);
            for (j, group) in layer.groups.iter().enumerate() {
                if nodes.groups.len() == j {
                    let Some(node) = Dressed::add(&nodes.node.node, "g") else { return };
                    nodes.groups.push(GroupNodes { node, shapes: Vec::new() });
                }
                let before = old.and_then(|old| old.groups.get(j));
                if let (Some(nodes), false) = (nodes.groups.get_mut(j), before == Some(group)) {
                    self.group(nodes, group, if painted { &[] } else { &group.shapes });
                }
            }
        }
        self.layers = layers;
        self.drawn = next;
        self.paint_canvas();
    }

    /// Lets a part stand out from the others, or none.
    pub fn point(&mut self, part: Option<Part>) {
        let last = mem::replace(&mut self.pointed, part);
        if part == last {
            return;
        }
        let class = if part.is_some() { "drawing__picture is-pointing" } else { "drawing__picture" };
        let _ = self.root.node.set_attribute("class", class);
        self.name(|named| Some(named) == part || Some(named) == last);
        self.paint_canvas();
    }

    /// Lets parts blink, each once.
    pub fn blink(&mut self, parts: &[Part]) {
        let last = mem::replace(&mut self.blinking, parts.to_vec());
        self.name(|named| parts.contains(&named) != last.contains(&named));
    }

    /// Some parts look another way.
    fn name(&mut self, anew: impl Fn(Part) -> bool) {
        let nodes = self.layers.iter_mut().flat_map(|layer| &mut layer.groups);
        for (group, nodes) in self.drawn.groups().zip(nodes) {
            if group.part.is_some_and(&anew) {
                nodes.node.dress(named(group, self.pointed, &self.blinking));
            }
        }
    }

    fn layer(&self, i: usize) -> Option<LayerNodes> {
        let mut clip = Dressed::add(&self.root.node, "clipPath")?;
        clip.dress(vec![("id", format!("clip-{}-{i}", self.id))]);
        let seen = Dressed::add(&clip.node, "rect")?;
        Some(LayerNodes { node: Dressed::add(&self.root.node, "g")?, clip: clip.node, seen, groups: Vec::new() })
    }

    fn group(&self, nodes: &mut GroupNodes, group: &Group, shapes: &[Shape]) {
        nodes.node.dress(named(group, self.pointed, &self.blinking));
        // The area lies under the shapes and is what is pointed at between them.
        let ground = group.area.filter(|_| group.part.is_some()).map(|area| {
            let fill = ("fill", "transparent".to_owned());
            ("rect", [fill].into_iter().chain(svg::area(area)).collect(), None)
        });
        let looks = ground.into_iter().chain(shapes.iter().map(|shape| self.look(shape)));
        let looks: Vec<Look<'_>> = looks.collect();
        // From the first node of another kind on they are made anew.
        let alike = |(drawn, (tag, ..)): &(&Dressed, &Look<'_>)| drawn.node.tag_name() == *tag;
        let kept = nodes.shapes.iter().zip(&looks).take_while(alike).count();
        nodes.shapes.drain(kept..).for_each(|drawn| drawn.node.remove());
        for (i, (tag, attributes, text)) in looks.into_iter().enumerate() {
            if i >= kept {
                nodes.shapes.extend(Dressed::add(&nodes.node.node, tag));
            }
            let Some(drawn) = nodes.shapes.get_mut(i) else { return };
            drawn.dress(attributes);
            if text.is_some() && drawn.node.text_content().as_deref() != text {
                drawn.node.set_text_content(text);
            }
        }
    }

    fn look<'a>(&self, shape: &'a Shape) -> Look<'a> {
        let family = |face| match face {
            Face::Serif => Some("var(--serif)"),
            Face::Sans => Some("var(--sans)"),
            Face::Mono => Some("var(--mono)"),
        };
        let text = if let Form::Text(text) = &shape.form { Some(text.text.as_str()) } else { None };
        (svg::tag(shape), svg::attributes(shape, family, |role| self.colour(role)), text)
    }

    /// Roles of the page by their names, so that they follow its style sheet; data by their own colours.
    fn colour(&self, role: Role) -> String {
        match (role.property(), role) {
            (Some(property), _) => property.to_owned(),
            (None, Role::Hatch) => format!("url(#hatch-{})", self.id),
            (None, data) => data.rgb(self.theme).css(),
        }
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
                paint_shape(&context, shape, self.theme, if faded { FADED } else { 1.0 });
            }
        }
        Some(())
    }
}

fn is_large(groups: &[Group]) -> bool {
    groups.iter().map(|group| group.shapes.len()).sum::<usize>() > NODES_MOST
}

/// A part has its name, stands out while it is pointed at, and blinks when it comes among those that do.
fn named(group: &Group, pointed: Option<Part>, blinking: &[Part]) -> Vec<Attribute> {
    let Some(part) = group.part else { return Vec::new() };
    let classes = [(pointed == Some(part), "is-here"), (blinking.contains(&part), "is-blinking")];
    let classes: Vec<&str> = classes.into_iter().filter(|(on, _)| *on).map(|(_, class)| class).collect();
    let class = (!classes.is_empty()).then(|| ("class", classes.join(" ")));
    [("data-part", part.name())].into_iter().chain(class).collect()
}
