//! The least of a smooth convex function (Nocedal, Wright 2006, *Numerical Optimization*, algorithms 7.4 and 7.5).

/// Steps that are remembered.
const MEMORY: usize = 10;
/// Share of the slope by which a step has to fall.
const FALLS: f64 = 1e-4;

/// Where it ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Least {
    pub at: Vec<f64>,
    /// The largest part of the gradient there: 0 at the least.
    pub slope: f64,
}

/// Goes down from a point until no part of the gradient is larger than `tolerance`, or after so many steps.
///
/// `value` writes the gradient into its second argument.
pub(crate) fn least(
    value: impl Fn(&[f64], &mut [f64]) -> f64,
    mut at: Vec<f64>,
    tolerance: f64,
    most_steps: usize,
) -> Least {
    let n = at.len();
    let mut gradient = vec![0.0; n];
    let mut height = value(&at, &mut gradient);
    let mut known: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    for _ in 0..most_steps {
        if largest(&gradient) <= tolerance {
            break;
        }
        let mut way = direction(&gradient, &known);
        let mut slope = dot(&way, &gradient);
        if slope >= 0.0 {
            // What is remembered misleads: down the gradient, then.
            known.clear();
            way = gradient.iter().map(|g| -g).collect();
            slope = -dot(&gradient, &gradient);
        }
        let mut step = if known.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let (mut next, mut next_gradient) = (vec![0.0; n], vec![0.0; n]);
        let mut fell = false;
        for _ in 0..60 {
            next.iter_mut().zip(at.iter().zip(&way)).for_each(|(next, (at, way))| *next = at + step * way);
            let found = value(&next, &mut next_gradient);
            if found <= height + FALLS * step * slope {
                height = found;
                fell = true;
                break;
            }
            step *= 0.5;
        }
        if !fell {
            // Nothing below can be told apart from here in 64 bits.
            break;
        }
        let moved: Vec<f64> = next.iter().zip(&at).map(|(next, at)| next - at).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(next, old)| next - old).collect();
        let curve = dot(&moved, &turned);
        if curve > 1e-14 * dot(&turned, &turned) {
            if known.len() == MEMORY {
                known.remove(0);
            }
            known.push((moved, turned, curve));
        }
        (at, gradient) = (next, next_gradient);
    }
    let slope = largest(&gradient);
    Least { at, slope }
}

/// The two loops: down, as the remembered steps bend it.
fn direction(gradient: &[f64], known: &[(Vec<f64>, Vec<f64>, f64)]) -> Vec<f64> {
    let mut way: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(known.len());
    for (moved, turned, curve) in known.iter().rev() {
        let share = dot(moved, &way) / curve;
        way.iter_mut().zip(turned).for_each(|(way, turned)| *way -= share * turned);
        shares.push(share);
    }
    if let Some((_, turned, curve)) = known.last() {
        let scale = curve / dot(turned, turned);
        way.iter_mut().for_each(|way| *way *= scale);
    }
    for ((moved, turned, curve), share) in known.iter().zip(shares.iter().rev()) {
        let back = share - dot(turned, &way) / curve;
        way.iter_mut().zip(moved).for_each(|(way, moved)| *way += back * moved);
    }
    way
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_a_long_valley_is_found() {
        // Three squares of very different widths, and a fourth power.
        let value = |at: &[f64], gradient: &mut [f64]| {
            let [x, y, z] = [at[0] - 1.0, at[1] + 2.0, at[2]];
            gradient.copy_from_slice(&[2.0 * x, 200.0 * y, 4.0 * z.powi(3) + 0.2 * z]);
            x * x + 100.0 * y * y + z.powi(4) + 0.1 * z * z
        };
        let found = least(value, vec![5.0, 5.0, 5.0], 1e-8, 200);
        assert!(found.slope <= 1e-8, "{found:?}");
        for (found, expected) in found.at.iter().zip([1.0, -2.0, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }
}
