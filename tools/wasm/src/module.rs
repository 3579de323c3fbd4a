//! A module, as far as it is looked into.

use crate::Result;
use std::collections::BTreeMap;
use std::ops::Range;
use wasm_encoder::{CodeSection, CustomSection, Encode, Instruction, RawSection, SectionId, ValType};
use wasmparser::{
    BinaryReader, ConstExpr, Element, ElementItems, ElementKind, Export, FuncType, FunctionBody, GlobalType, Import,
    KnownCustom, MemoryType, Name, NameSectionReader, Naming, Operator, Parser, Payload, TableInit, TableType, TypeRef,
};

/// The sections that modules may have, in the order in which they have them; no custom ones.
const ORDER: [SectionId; 12] = {
    use SectionId as Id;
    [
        Id::Type,
        Id::Import,
        Id::Function,
        Id::Table,
        Id::Memory,
        Id::Global,
        Id::Export,
        Id::Start,
        Id::Element,
        Id::DataCount,
        Id::Code,
        Id::Data,
    ]
};

/// Indices count what is imported first, as in the module.
pub(crate) struct Module<'a> {
    bytes: &'a [u8],
    /// The contents of sections, by their ids; no custom ones.
    sections: BTreeMap<u8, Range<usize>>,
    custom_sections: Vec<CustomSection<'a>>,
    /// The names of functions, as far as the module tells them.
    pub(crate) names: BTreeMap<u32, &'a str>,
    pub(crate) types: Vec<FuncType>,
    /// The types of functions.
    pub(crate) functions: Vec<u32>,
    /// The names that functions are imported by.
    pub(crate) imported_names: Vec<&'a str>,
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    pub(crate) tables: Vec<TableType>,
    pub(crate) imported_tables: usize,
    pub(crate) memories: Vec<MemoryType>,
    pub(crate) globals: Vec<GlobalType>,
    pub(crate) exports: Vec<Export<'a>>,
    pub(crate) start: Option<u32>,
    /// The one table of functions.
    pub(crate) function_table: u32,
    /// The functions that it has from the start, by their slots.
    pub(crate) slots: BTreeMap<u32, u32>,
}

impl<'a> Module<'a> {
    /// # Errors
    ///
    /// If the module is broken, or has what no part of this program knows how to deal with.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut module = Self {
            bytes,
            sections: BTreeMap::new(),
            custom_sections: Vec::new(),
            names: BTreeMap::new(),
            types: Vec::new(),
            functions: Vec::new(),
            imported_names: Vec::new(),
            bodies: Vec::new(),
            tables: Vec::new(),
            imported_tables: 0,
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
            start: None,
            function_table: 0,
            slots: BTreeMap::new(),
        };
        let mut elements = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section()
                && id != SectionId::Custom as u8
            {
                module.sections.insert(id, range);
            }
            match payload {
                Payload::TypeSection(types) => {
                    for ty in types.into_iter_err_on_gc_types() {
                        module.types.push(ty?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        module.import(import?)?;
                    }
                }
                Payload::FunctionSection(types) => {
                    for ty in types {
                        module.functions.push(ty?);
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        let table = table?;
                        if !matches!(table.init, TableInit::RefNull) {
                            return Err("a table with initial values".into());
                        }
                        module.tables.push(table.ty);
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        module.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        let global = global?;
                        check_constant(&global.init_expr)?;
                        module.globals.push(global.ty);
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        module.exports.push(export?);
                    }
                }
                Payload::StartSection { func, .. } => module.start = Some(func),
                Payload::ElementSection(segments) => {
                    for segment in segments {
                        elements.push(segment?);
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        module.read_names(names)?;
                    }
                    module
                        .custom_sections
                        .push(CustomSection { name: section.name().into(), data: section.data().into() });
                }
                Payload::TagSection(_) | Payload::UnknownSection { .. } => {
                    return Err("a section that is unknown".into());
                }
                _ => {}
            }
        }
        let is_function_table = |table: &TableType| table.element_type.is_func_ref();
        if module.tables.iter().filter(|table| is_function_table(table)).count() != 1 {
            return Err("not one table of functions".into());
        }
        module.function_table = module.tables.iter().take_while(|table| !is_function_table(table)).count() as u32;
        for element in &elements {
            module.fill(element)?;
        }
        Ok(module)
    }

    fn import(&mut self, import: Import<'a>) -> Result<()> {
        match import.ty {
            TypeRef::Func(ty) => {
                self.functions.push(ty);
                self.imported_names.push(import.name);
            }
            TypeRef::Table(ty) => {
                self.tables.push(ty);
                self.imported_tables += 1;
            }
            TypeRef::Memory(ty) => self.memories.push(ty),
            TypeRef::Global(ty) => self.globals.push(ty),
            TypeRef::Tag(_) | TypeRef::FuncExact(_) => return Err("an import of an unknown kind".into()),
        }
        Ok(())
    }

    fn read_names(&mut self, section: NameSectionReader<'a>) -> Result<()> {
        for subsection in section {
            if let Name::Function(names) = subsection? {
                for name in names {
                    let Naming { index, name } = name?;
                    self.names.insert(index, name);
                }
            }
        }
        Ok(())
    }

    /// Takes up what a segment puts into the table of functions.
    fn fill(&mut self, segment: &Element) -> Result<()> {
        let ElementKind::Active { table_index, offset_expr } = &segment.kind else {
            return Err("elements that are not put into a table at once".into());
        };
        let ElementItems::Functions(functions) = &segment.items else {
            return Err("elements that are not plain functions".into());
        };
        let mut offset = offset_expr.get_operators_reader();
        let Operator::I32Const { value } = offset.read()? else {
            return Err("elements without a constant place".into());
        };
        if table_index.unwrap_or(0) != self.function_table || !offset.is_end_then_eof() {
            return Err("elements of an unknown kind".into());
        }
        for (slot, function) in (u32::try_from(value)?..).zip(functions.clone()) {
            self.slots.insert(slot, function?);
        }
        Ok(())
    }

    /// A defined function's body.
    pub(crate) fn body(&self, function: u32) -> &FunctionBody<'a> {
        &self.bodies[function as usize - self.imported_names.len()]
    }

    pub(crate) fn is_imported(&self, function: u32) -> bool {
        (function as usize) < self.imported_names.len()
    }

    pub(crate) fn type_of(&self, function: u32) -> u32 {
        self.functions[function as usize]
    }

    /// Copies sections that there are into another module, in the order in which modules have them.
    pub(crate) fn copy(&self, sections: &[SectionId], to: &mut wasm_encoder::Module) {
        for &id in sections {
            if let Some(range) = self.sections.get(&(id as u8)) {
                to.section(&RawSection { id: id as u8, data: &self.bytes[range.clone()] });
            }
        }
    }

    /// The whole module with other code, and some globals and exports more.
    pub(crate) fn with_code(&self, code: &CodeSection, globals: &[Vec<u8>], exports: &[Vec<u8>]) -> Result<Vec<u8>> {
        let mut module = wasm_encoder::Module::new();
        for id in ORDER {
            match id {
                SectionId::Code => {
                    module.section(code);
                }
                SectionId::Global => self.copy_and_add(id, globals, &mut module)?,
                SectionId::Export => self.copy_and_add(id, exports, &mut module)?,
                _ => self.copy(&[id], &mut module),
            }
        }
        for section in &self.custom_sections {
            module.section(section);
        }
        Ok(module.finish())
    }

    /// The module without custom sections.
    pub(crate) fn stripped(&self) -> Vec<u8> {
        let mut stripped = wasm_encoder::Module::new();
        self.copy(&ORDER, &mut stripped);
        stripped.finish()
    }

    /// Copies a section, with some items more.
    pub(crate) fn copy_and_add(&self, id: SectionId, items: &[Vec<u8>], to: &mut wasm_encoder::Module) -> Result<()> {
        let contents = self.sections.get(&(id as u8)).map_or(&[0][..], |range| &self.bytes[range.clone()]);
        let mut reader = BinaryReader::new(contents, 0);
        let mut data = Vec::with_capacity(contents.len());
        (reader.read_var_u32()? + u32::try_from(items.len())?).encode(&mut data);
        data.extend_from_slice(&contents[reader.current_position()..]);
        data.extend(items.iter().flatten());
        to.section(&RawSection { id: id as u8, data: &data });
        Ok(())
    }
}

/// The type of a global that says whether something has been.
pub(crate) const FLAG: wasm_encoder::GlobalType =
    wasm_encoder::GlobalType { val_type: ValType::I32, mutable: true, shared: false };

/// Such a global, which says no at first, as an item of its section.
pub(crate) fn flag() -> Vec<u8> {
    let mut item = Vec::new();
    FLAG.encode(&mut item);
    wasm_encoder::ConstExpr::i32_const(0).encode(&mut item);
    item
}

/// A body that begins with some instructions more.
pub(crate) fn with_beginning(body: &FunctionBody, instructions: &[Instruction]) -> Result<Vec<u8>> {
    let operators = body.get_operators_reader()?.original_position() - body.range().start;
    let (locals, operators) = body.as_bytes().split_at(operators);
    let mut changed = locals.to_vec();
    for instruction in instructions {
        instruction.encode(&mut changed);
    }
    changed.extend_from_slice(operators);
    Ok(changed)
}

/// Functions have other indices in the parts of a module.
fn check_constant(expression: &ConstExpr) -> Result<()> {
    for operator in expression.get_operators_reader() {
        if let Operator::RefFunc { .. } = operator? {
            return Err("a global that refers to a function".into());
        }
    }
    Ok(())
}
