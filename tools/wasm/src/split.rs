//! Splitting of modules.
//!
//! The engine is the module without its cold functions, those that the profile does not name. Where one is called by what
//! is not cold, stands in the table of functions or is exported, it has a stub there, which has the rest loaded and then
//! calls the function that is in its slot of the table. Other cold functions are in the rest alone.
//!
//! The rest has the cold functions. It imports what else the engine has, and calls the engine's functions by slots of the table,
//! too, for which those get slots that had none. Once it is instantiated, its functions are in the slots, in the place of
//! stubs or of nothing. All data are the engine's, from the start.

use crate::module::{FLAG, Module, flag};
use crate::{Profile, Result};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, Encode, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalType, ImportSection, Instruction, SectionId, StartSection, TableSection, TableType,
};
use wasmparser::{FunctionBody, Operator};

/// A part of the name of the imported function that loads the rest: that in src/web/rest.rs, which wasm-bindgen adds to.
const LOADER: &str = "loadRestOfConvscope";
/// What the rest imports the engine's exports from.
const ENGINE: &str = "engine";
/// The export by which an engine that has a rest can be told, the global that says whether it is there.
const LOADED: &str = "rest loaded";

pub(crate) struct Parts {
    pub(crate) engine: Vec<u8>,
    pub(crate) rest: Vec<u8>,
}

/// # Errors
///
/// As of [`Module::parse`], and if the module does not import what loads the rest.
pub(crate) fn split(bytes: &[u8], profile: &Profile) -> Result<Parts> {
    let plan = Plan::new(Module::parse(bytes)?, profile)?;
    Ok(Parts { engine: plan.engine()?, rest: plan.rest()? })
}

struct Plan<'a> {
    module: Module<'a>,
    loader: u32,
    /// Functions by where they are. Imported ones are the engine's, and so the first of these.
    hot: Vec<u32>,
    cold: Vec<u32>,
    /// Cold functions with a stub.
    stubs: Vec<u32>,
    /// Slots of the table of functions: those that a function is called by, and those that there are in all.
    slots: BTreeMap<u32, u32>,
    slot_count: u32,
    /// By function, its index or that of its stub.
    engine_indices: BTreeMap<u32, u32>,
    rest_indices: BTreeMap<u32, u32>,
}

impl<'a> Plan<'a> {
    fn new(module: Module<'a>, profile: &Profile) -> Result<Self> {
        let loader = (0..)
            .zip(&module.imported_names)
            .find_map(|(index, name)| name.contains(LOADER).then_some(index))
            .ok_or_else(|| format!("the module does not import “{LOADER}”"))?;
        let is_hot = |function: &u32| {
            module.is_imported(*function) || module.start == Some(*function) || profile.contains(function)
        };
        let count = u32::try_from(module.functions.len())?;
        let (hot, cold): (Vec<_>, Vec<_>) = (0..count).partition(is_hot);

        let mut called = BTreeSet::new();
        for &function in hot.iter().filter(|function| !module.is_imported(**function)) {
            called.extend(calls(module.body(function), Part::Engine)?);
        }
        called.extend(module.slots.values());
        called.extend(
            module
                .exports
                .iter()
                .filter(|export| export.kind == wasmparser::ExternalKind::Func)
                .map(|export| export.index),
        );
        let stubs: Vec<_> = called.into_iter().filter(|function| !is_hot(function)).collect();

        let mut called = BTreeSet::new();
        for &function in &cold {
            called.extend(calls(module.body(function), Part::Rest)?);
        }
        let called_by_rest = called.into_iter().filter(is_hot);

        // Of a function that has several slots, one.
        let mut slots: BTreeMap<_, _> = module.slots.iter().rev().map(|(&slot, &function)| (function, slot)).collect();
        let mut slot_count = u32::try_from(module.tables[module.function_table as usize].initial)?;
        for function in called_by_rest.chain(stubs.iter().copied()) {
            slots.entry(function).or_insert_with(|| {
                slot_count += 1;
                slot_count - 1
            });
        }
        let engine_indices = hot.iter().chain(&stubs).copied().zip(0..).collect();
        let rest_indices = cold.iter().copied().zip(0..).collect();
        Ok(Self { module, loader, hot, cold, stubs, slots, slot_count, engine_indices, rest_indices })
    }

    /// The index of the global that says whether the rest is loaded, in both parts.
    fn loaded(&self) -> u32 {
        self.module.globals.len() as u32
    }

    fn engine(&self) -> Result<Vec<u8>> {
        use SectionId as Id;
        let module = &self.module;
        let mut engine = wasm_encoder::Module::new();
        module.copy(&[Id::Type, Id::Import], &mut engine);

        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for &function in self.hot.iter().filter(|function| !module.is_imported(**function)) {
            functions.function(module.type_of(function));
            code.raw(&with_calls(module.body(function), |callee, body| {
                Instruction::Call(self.engine_indices[&callee]).encode(body);
            })?);
        }
        let load_if_needed = self.engine_indices.len() as u32;
        for &function in &self.stubs {
            functions.function(module.type_of(function));
            code.raw(&self.stub(function, load_if_needed));
        }
        functions.function(module.type_of(self.loader));
        code.raw(&body(&[
            Instruction::GlobalGet(self.loaded()),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::Call(self.engine_indices[&self.loader]),
            Instruction::End,
        ]));
        engine.section(&functions);

        let mut tables = TableSection::new();
        for index in module.imported_tables..module.tables.len() {
            tables.table(self.table(index)?);
        }
        engine.section(&tables);
        module.copy(&[Id::Memory], &mut engine);

        module.copy_and_add(Id::Global, &[flag()], &mut engine)?;
        engine.section(&self.exports());
        if let Some(start) = module.start {
            engine.section(&StartSection { function_index: self.engine_indices[&start] });
        }

        let mut filled: BTreeMap<_, _> =
            module.slots.iter().map(|(&slot, function)| (slot, self.engine_indices[function])).collect();
        for function in &self.hot {
            if let Some(&slot) = self.slots.get(function) {
                filled.insert(slot, self.engine_indices[function]);
            }
        }
        engine.section(&self.elements(&filled));
        module.copy(&[Id::DataCount], &mut engine);
        engine.section(&code);
        module.copy(&[Id::Data], &mut engine);
        Ok(engine.finish())
    }

    fn rest(&self) -> Result<Vec<u8>> {
        let module = &self.module;
        let mut rest = wasm_encoder::Module::new();
        module.copy(&[SectionId::Type], &mut rest);

        // All that there is, so that it has the same indices.
        let mut imports = ImportSection::new();
        let mut import = |kind, index, ty: EntityType| {
            imports.import(ENGINE, &name(kind, index), ty);
        };
        for index in 0..module.tables.len() {
            import("table", index, self.table(index)?.into());
        }
        for (index, &memory) in module.memories.iter().enumerate() {
            import("memory", index, wasm_encoder::MemoryType::from(memory).into());
        }
        for (index, &global) in module.globals.iter().enumerate() {
            import("global", index, GlobalType::try_from(global).map_err(|_| "a global of an unknown type")?.into());
        }
        imports.import(ENGINE, LOADED, FLAG);
        rest.section(&imports);

        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for &function in &self.cold {
            functions.function(module.type_of(function));
            code.raw(&with_calls(module.body(function), |callee, body| match self.rest_indices.get(&callee) {
                Some(&index) => Instruction::Call(index).encode(body),
                None => {
                    for instruction in self.call_by_slot(callee) {
                        instruction.encode(body);
                    }
                }
            })?);
        }
        functions.function(module.type_of(self.loader));
        code.raw(&body(&[Instruction::I32Const(1), Instruction::GlobalSet(self.loaded())]));
        rest.section(&functions);
        rest.section(&StartSection { function_index: self.cold.len() as u32 });

        let cold = |function: &u32| self.rest_indices.get(function).copied();
        let mut filled: BTreeMap<_, _> =
            module.slots.iter().filter_map(|(&slot, function)| Some((slot, cold(function)?))).collect();
        filled.extend(self.stubs.iter().map(|function| (self.slots[function], self.rest_indices[function])));
        rest.section(&self.elements(&filled));
        rest.section(&code);
        Ok(rest.finish())
    }

    /// A table's type with the slots that are added.
    fn table(&self, index: usize) -> Result<TableType> {
        let mut table = TableType::try_from(self.module.tables[index]).map_err(|_| "a table of an unknown type")?;
        if index == self.module.function_table as usize {
            let added = u64::from(self.slot_count) - table.minimum;
            table.minimum += added;
            table.maximum = table.maximum.map(|maximum| maximum + added);
        }
        Ok(table)
    }

    fn stub(&self, function: u32, load_if_needed: u32) -> Vec<u8> {
        let parameters = self.module.types[self.module.type_of(function) as usize].params().len() as u32;
        let mut instructions = vec![Instruction::Call(load_if_needed)];
        instructions.extend((0..parameters).map(Instruction::LocalGet));
        instructions.extend(self.call_by_slot(function));
        body(&instructions)
    }

    fn call_by_slot(&self, function: u32) -> [Instruction<'static>; 2] {
        let slot = self.slots[&function];
        [
            Instruction::I32Const(slot as i32),
            Instruction::CallIndirect {
                type_index: self.module.type_of(function),
                table_index: self.module.function_table,
            },
        ]
    }

    /// The module's exports, and what the rest imports.
    fn exports(&self) -> ExportSection {
        let module = &self.module;
        let mut exports = ExportSection::new();
        for export in &module.exports {
            let kind = ExportKind::from(export.kind);
            let index = if kind == ExportKind::Func { self.engine_indices[&export.index] } else { export.index };
            exports.export(export.name, kind, index);
        }
        for (kind, export_kind, count) in [
            ("table", ExportKind::Table, module.tables.len()),
            ("memory", ExportKind::Memory, module.memories.len()),
            ("global", ExportKind::Global, module.globals.len()),
        ] {
            for index in 0..count {
                exports.export(&name(kind, index), export_kind, index as u32);
            }
        }
        exports.export(LOADED, ExportKind::Global, self.loaded());
        exports
    }

    /// Segments that put functions into slots.
    fn elements(&self, filled: &BTreeMap<u32, u32>) -> ElementSection {
        let mut elements = ElementSection::new();
        let filled: Vec<_> = filled.iter().collect();
        for run in filled.chunk_by(|(slot, _), (next, _)| **slot + 1 == **next) {
            let functions: Vec<u32> = run.iter().map(|(_, function)| **function).collect();
            // Of the first table nothing is said, which is shorter.
            let table = Some(self.module.function_table).filter(|table| *table != 0);
            elements.active(table, &ConstExpr::i32_const(*run[0].0 as i32), Elements::Functions(functions.into()));
        }
        elements
    }
}

/// Under which the engine exports what the rest imports.
fn name(kind: &str, index: usize) -> String {
    format!("rest {kind} {index}")
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Engine,
    Rest,
}

/// The functions that a body names.
fn calls(body: &FunctionBody, part: Part) -> Result<BTreeSet<u32>> {
    let mut callees = BTreeSet::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index } => {
                callees.insert(function_index);
            }
            Operator::ReturnCall { .. } | Operator::RefFunc { .. } => {
                return Err("an instruction that names a function and is no call".into());
            }
            // The rest has neither.
            Operator::MemoryInit { .. }
            | Operator::DataDrop { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. }
                if part == Part::Rest =>
            {
                return Err("an instruction that names a segment".into());
            }
            _ => {}
        }
    }
    Ok(callees)
}

/// A body with other calls in the place of those that it has.
fn with_calls(body: &FunctionBody, mut call: impl FnMut(u32, &mut Vec<u8>)) -> Result<Vec<u8>> {
    let bytes = body.as_bytes();
    let begin = body.range().start;
    let mut operators = body.get_operators_reader()?;
    let mut changed = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    while !operators.eof() {
        let start = operators.original_position() - begin;
        if let Operator::Call { function_index } = operators.read()? {
            changed.extend_from_slice(&bytes[copied..start]);
            call(function_index, &mut changed);
            copied = operators.original_position() - begin;
        }
    }
    changed.extend_from_slice(&bytes[copied..]);
    Ok(changed)
}

/// A body without locals.
fn body(instructions: &[Instruction]) -> Vec<u8> {
    let mut body = vec![0];
    for instruction in instructions.iter().chain([&Instruction::End]) {
        instruction.encode(&mut body);
    }
    body
}
