//! The same module with the sums of its products fused: a product is added before it is rounded, by one instruction.
//!
//! *In*: a module as the linker left it, with the names of its functions. *Out*: the module in which the innermost loops of
//! `vitrine_kernel` use `f32x4.relaxed_madd`. A compiler never forms it by itself, and a module that has it runs only where
//! the browser knows it, so that there are two modules; this one is made from the other, as a second build would take minutes.
//!
//! Either every product of these loops is fused or none: a row that falls in another loop would have another last bit.

use anyhow::{Result, bail, ensure};
use walrus::ir::{BinaryOp, Binop, Instr, InstrSeq, InstrSeqId, LocalGet, LocalSet, TernOp, TernaryOp, VisitorMut};
use walrus::{FunctionKind, LocalId, Module, ModuleConfig, ValType};

/// Whose products are fused: all instances of `Rows::tile`.
const LOOPS: &str = "vitrine_kernel4tile";

/// Reads a module, and fuses.
pub fn fuse(module: &[u8]) -> Result<Module> {
    let mut settings = ModuleConfig::new();
    settings.strict_validate(false).generate_name_section(false).generate_producers_section(false);
    let mut module = settings.parse(module)?;
    let loops: Vec<_> = module
        .funcs
        .iter()
        .filter(|function| function.name.as_deref().is_some_and(|name| name.contains(LOOPS)))
        .map(walrus::Function::id)
        .collect();
    ensure!(!loops.is_empty(), "the module names no loop of the kernel");
    for id in loops {
        let held = [(); 3].map(|()| module.locals.add(ValType::V128));
        let function = module.funcs.get_mut(id);
        let name = function.name.clone().unwrap_or_default();
        let FunctionKind::Local(function) = &mut function.kind else { bail!("{name} is no function of the module") };
        let mut fusing = Fusing { held, left: 0 };
        let entry: InstrSeqId = function.entry_block();
        walrus::ir::dfs_pre_order_mut(&mut fusing, function, entry);
        ensure!(fusing.left == 0, "{} products of {name} are not followed by their sum", fusing.left);
    }
    Ok(module)
}

/// The walk over a function.
struct Fusing {
    /// Where sum and factors wait while their order is changed.
    held: [LocalId; 3],
    /// Products that were not fused.
    left: usize,
}

impl VisitorMut for Fusing {
    fn start_instr_seq_mut(&mut self, sequence: &mut InstrSeq) {
        let mut fused = Vec::with_capacity(sequence.instrs.len());
        let mut rest = sequence.instrs.drain(..).peekable();
        while let Some((instruction, place)) = rest.next() {
            if !matches!(instruction, Instr::Binop(Binop { op: BinaryOp::F32x4Mul })) {
                fused.push((instruction, place));
                continue;
            }
            let sum: Instr = TernOp { op: TernaryOp::F32x4RelaxedMadd }.into();
            match rest.next() {
                // The sum lies below the factors and has to come last.
                Some((next, _)) if is_sum(&next) => {
                    let [sum_, left, right] = self.held;
                    let set = [right, left, sum_].map(|local| Instr::from(LocalSet { local }));
                    let get = [left, right, sum_].map(|local| Instr::from(LocalGet { local }));
                    fused.extend(set.into_iter().chain(get).chain([sum]).map(|instruction| (instruction, place)));
                }
                Some((next @ Instr::LocalGet(_), _)) if rest.peek().is_some_and(|(then, _)| is_sum(then)) => {
                    rest.next();
                    fused.extend([next, sum].map(|instruction| (instruction, place)));
                }
                other => {
                    self.left += 1;
                    fused.push((instruction, place));
                    fused.extend(other);
                }
            }
        }
        drop(rest);
        sequence.instrs = fused;
    }
}

fn is_sum(instruction: &Instr) -> bool {
    matches!(instruction, Instr::Binop(Binop { op: BinaryOp::F32x4Add }))
}
