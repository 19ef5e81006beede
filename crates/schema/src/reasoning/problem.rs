//! Problems that can be worked out: families that are generated from a seed, and questions of a reader that read like them.

use std::collections::BTreeMap;

use super::answer::{numbers, written};
use super::arithmetic::{Formula, Said, sentences};
use crate::recipe::Family;

/// The problems of the reference, `x`, what is added and what is added then: the first of seed 0, so that counts can be compared.
const REFERENCE: [[u8; 3]; 32] = [
    [3, 5, 6],
    [8, 2, 4],
    [4, 6, 7],
    [3, 6, 3],
    [5, 7, 2],
    [2, 5, 4],
    [7, 9, 8],
    [5, 4, 4],
    [6, 7, 2],
    [9, 5, 2],
    [4, 3, 7],
    [9, 5, 8],
    [3, 5, 2],
    [5, 8, 6],
    [4, 8, 4],
    [3, 4, 9],
    [4, 4, 2],
    [2, 5, 5],
    [4, 4, 6],
    [7, 5, 5],
    [4, 5, 8],
    [6, 2, 7],
    [8, 4, 4],
    [6, 3, 7],
    [6, 2, 7],
    [3, 6, 7],
    [6, 9, 7],
    [4, 9, 9],
    [4, 2, 6],
    [2, 7, 8],
    [2, 8, 7],
    [8, 2, 9],
];

/// A question with what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The question.
    pub question: String,
    world: World,
}

#[derive(Clone, Debug, PartialEq)]
enum World {
    /// What each name is, in the order of the question, and the one that is asked for.
    Equations { equations: Vec<(String, Formula)>, asked: String },
    /// How many there are at first, and what is added or taken away.
    Story { start: f64, changes: Vec<f64> },
}

impl Family {
    /// So many problems, the same for a seed everywhere.
    #[must_use]
    pub fn problems(self, n: usize, seed: u64) -> Vec<Problem> {
        let mut chance = Chance(seed);
        let question = |at: usize, chance: &mut Chance| match self {
            Self::Chain => {
                let drawn = [chance.between(2, 9), chance.between(2, 9), chance.between(2, 9)];
                let reference = REFERENCE.get(at).filter(|_| seed == 0).map(|numbers| numbers.map(u64::from));
                let [x, a, b] = reference.unwrap_or(drawn);
                format!("x = {x}. y = x + {a}. z = y + {b}. What is z?")
            }
            Self::Pens => {
                let name = chance.one(&["Tom", "Lucy", "Sam", "Jack", "Anna", "Paul"]);
                let thing = chance.one(&["pens", "apples", "shells", "coins", "books"]);
                let (start, more) = (chance.between(2, 9), chance.between(2, 9));
                let away = chance.between(1, (start + more - 1).min(9));
                format!(
                    "{name} has {start} {thing}. {name} buys {more} more {thing} and then gives away {away} {thing}. How many {thing} does {name} have now?"
                )
            }
        };
        (0..n).filter_map(|at| Problem::read(&question(at, &mut chance))).collect()
    }
}

impl Problem {
    /// A question that can be worked out, if it is one: equations and `What is z?`, or a story of the kind of
    /// [`Family::Pens`].
    #[must_use]
    pub fn read(question: &str) -> Option<Self> {
        let said: Vec<&str> = sentences(question).into_iter().filter_map(|at| question.get(at)).collect();
        let world = equations(&said).or_else(|| story(&said))?;
        let problem = Self { question: question.to_owned(), world };
        problem.value(None).is_some().then_some(problem)
    }

    /// The right answer.
    #[must_use]
    pub fn expected(&self) -> String {
        self.value(None).map(written).unwrap_or_default()
    }

    /// The answer if a step of a chain were true: what that step says, and everything else as the question has it.
    #[must_use]
    pub fn implied(&self, steps: &[&str], at: usize) -> Option<String> {
        let said = Said::read(steps.get(at)?)?;
        let result = said.result?;
        let place = match &self.world {
            World::Equations { .. } => Place::Name(said.name?, result),
            World::Story { .. } => {
                let computed = |step: &&str| Said::read(step).is_some_and(|said| said.formula.computes());
                Place::Change(steps.get(..at)?.iter().filter(|step| computed(step)).count(), result)
            }
        };
        self.value(Some(place)).map(written)
    }

    /// The start of the step after one that says what a name is, with its value put in: `z = 15 + 2 =`.
    #[must_use]
    pub fn start_after(&self, step: &str) -> Option<String> {
        let (World::Equations { equations, .. }, said) = (&self.world, Said::read(step)?) else { return None };
        let (name, result) = (said.name?, said.result?);
        let place = equations.iter().position(|(known, _)| *known == name)?;
        let (next, formula) = equations.get(place + 1)?;
        let filled = formula.filled(&values(equations, Some((&name, result))))?;
        Some(format!("{next} = {} =", filled.written()))
    }

    /// A step that computes with other numbers than the question has, as the question has it: `y = 4 + 4 = 8.` for `y = 4 + 2 = 6.`
    /// Any other step as it stands.
    #[must_use]
    pub fn as_asked(&self, step: &str) -> String {
        let asked = || {
            let (World::Equations { equations, .. }, said) = (&self.world, Said::read(step)?) else { return None };
            let name = said.name?;
            let (_, formula) = equations.iter().find(|(known, _)| *known == name)?;
            let right = formula.filled(&values(equations, None))?;
            let other = said.formula.computes() && said.formula.operands() != right.operands();
            other.then_some(format!("{name} = {} = {}.", right.written(), written(right.value()?)))
        };
        asked().unwrap_or_else(|| step.to_owned())
    }

    fn value(&self, place: Option<Place>) -> Option<f64> {
        match (&self.world, place) {
            (World::Equations { equations, asked }, place) => {
                let fixed = if let Some(Place::Name(name, value)) = &place { Some((&**name, *value)) } else { None };
                if fixed.is_some_and(|(name, _)| equations.iter().all(|(known, _)| known != name)) {
                    return None;
                }
                values(equations, fixed).get(asked).copied()
            }
            (World::Story { start, changes }, None) => Some(start + changes.iter().sum::<f64>()),
            (World::Story { changes, .. }, Some(Place::Change(at, result))) => {
                Some(result + changes.get(at + 1..)?.iter().sum::<f64>())
            }
            (World::Story { .. }, Some(Place::Name(..))) => None,
        }
    }
}

/// The start of a step as the chain had it, up to its last sign of equality, with the result of the step before replaced:
/// `z = 15 + 2 =`. For questions that cannot be worked out.
#[must_use]
pub fn start_as_before(step: &str, replaced: &str, next: &str) -> Option<String> {
    let (before, now) = (Said::read(step)?.result?, Said::read(replaced)?.result?);
    let start = next.get(..=next.rfind('=')?)?;
    let number = numbers(start).into_iter().find(|number| written(number.value) == written(before))?;
    Some(format!("{}{}{}", start.get(..number.start)?, written(now), start.get(number.end..)?))
}

/// What is taken for true whatever the question says.
enum Place {
    /// A name has this value.
    Name(String, f64),
    /// After this change there are so many.
    Change(usize, f64),
}

/// What each name comes to, with one of them fixed.
fn values(equations: &[(String, Formula)], fixed: Option<(&str, f64)>) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    for (name, formula) in equations {
        let own = fixed.filter(|(fixed, _)| fixed == name).map(|(_, value)| value);
        if let Some(value) = own.or_else(|| formula.filled(&values)?.value()) {
            values.insert(name.clone(), value);
        }
    }
    values
}

fn equations(said: &[&str]) -> Option<World> {
    let [equations @ .., last] = said else { return None };
    let asked = last.strip_prefix("What is ")?.strip_suffix('?')?.trim().to_owned();
    let read = |sentence: &&str| {
        let said = Said::read(sentence)?;
        Some((said.name?, said.formula))
    };
    let equations: Vec<(String, Formula)> = equations.iter().map(read).collect::<Option<_>>()?;
    Some(World::Equations { equations, asked })
}

fn story(said: &[&str]) -> Option<World> {
    let [has, then, asked] = said else { return None };
    let one = |text: &str| match &numbers(text)[..] {
        [number] => Some(number.value),
        _ => None,
    };
    let (buys, gives) = then.split_once(" and then ")?;
    let right = has.contains(" has ") && buys.contains(" buys ") && gives.starts_with("gives away ");
    let right = right && asked.starts_with("How many ") && asked.ends_with(" have now?");
    right.then_some(World::Story { start: one(has)?, changes: vec![one(buys)?, -one(gives)?] })
}

/// Numbers that a seed fixes (splitmix64, Steele et al. 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from one to another, both among them.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.next() as usize % of.len().max(1);
        of.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_worked_out() {
        let expected = |question: &str| Problem::read(question).map(|problem| problem.expected());
        assert_eq!(expected("x = 7. y = x + 9. z = y + 8. What is z?").as_deref(), Some("24"));
        assert_eq!(expected("a = 12. b = a / 4 - 1. What is b?").as_deref(), Some("2"));
        let pens = "Tom has 7 pens. Tom buys 4 more pens and then gives away 7 pens. How many pens does Tom have now?";
        assert_eq!(expected(pens).as_deref(), Some("4"));
        for none in ["What is the capital of France?", "x = y. What is x?", "x = 3. What is z?", ""] {
            assert_eq!(expected(none), None, "{none}");
        }
    }

    #[test]
    fn a_changed_step_implies_an_answer() {
        let problem = Problem::read("x = 6. y = x + 7. z = y + 2. What is z?").unwrap_or_else(|| unreachable!());
        let steps = ["x is 6.", "y = 6 + 7 = 15."];
        assert_eq!(problem.implied(&steps, 1).as_deref(), Some("17"));
        assert_eq!(problem.implied(&["x is 9."], 0).as_deref(), Some("18"));
        assert_eq!(problem.implied(&["w = 3 + 4 = 7."], 0), None);
        assert_eq!(problem.start_after(steps[1]).as_deref(), Some("z = 15 + 2 ="));
        assert_eq!(problem.start_after("z = 13 + 2 = 15."), None);
        for (step, asked) in [
            ("y = 6 + 2 = 8.", "y = 6 + 7 = 13."),
            ("y = x + 7 = 15.", "y = 6 + 7 = 13."),
            ("y = 7 + 6 = 14.", "y = 7 + 6 = 14."),
            ("x is 9.", "x is 9."),
            ("w = 1 + 1 = 2.", "w = 1 + 1 = 2."),
        ] {
            assert_eq!(problem.as_asked(step), asked);
        }
        let start = start_as_before("He has 7 + 4 = 11 pens.", "He has 7 + 4 = 13 pens.", "So he has 11 - 7 = 4 pens.");
        assert_eq!(start.as_deref(), Some("So he has 13 - 7 ="));
        assert_eq!(start_as_before("y = 3 + 5 = 8.", "y is big.", "z = 8 + 6 = 14."), None);
        let pens = "Tom has 7 pens. Tom buys 4 more pens and then gives away 7 pens. How many pens does Tom have now?";
        let pens = Problem::read(pens).unwrap_or_else(|| unreachable!());
        let steps = ["Tom starts with 7 pens.", "After buying 4 more, Tom has 7 + 4 = 13 pens."];
        assert_eq!(pens.implied(&steps, 1).as_deref(), Some("6"));
    }

    #[test]
    fn families_are_the_same_for_a_seed() {
        for family in Family::ALL {
            let of = |n: usize, seed: u64| family.problems(n, seed);
            assert_eq!((of(40, 3).len(), &of(40, 3)[..5]), (40, &of(5, 3)[..]));
            assert_ne!(of(5, 3), of(5, 4));
        }
        let first = Family::Chain.problems(33, 0);
        assert_eq!(first[31].question, "x = 8. y = x + 2. z = y + 9. What is z?");
        assert_eq!((first[0].expected(), first[1].expected()), ("14".to_owned(), "14".to_owned()));
    }
}
