//! The stages: the tables that the analysis derives from a dataset, a file each. A new one is its file and its line in the
//! list below; from there it is a field of [`Stages`], which the compiler asks the analysis to fill, and is written,
//! viewed, offered and documented like every other.

use crate::list::TableInfo;
use crate::table::Table;

/// Lists the stages, in the order in which one is made of the other.
macro_rules! stages {
    ($($table:ident = $module:ident::$Row:ident),+ $(,)?) => {
        $(mod $module;)+
        $(pub use $module::$Row;)+

        /// Every stage, in the order in which one is made of the other.
        pub const TABLES: &[TableInfo] = &[$(TableInfo::of::<$Row>(stringify!($module)),)+];

        /// The rows of every stage of one dataset, each under the name of its table.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct Stages {
            $(#[doc = concat!("The rows of `", stringify!($table), "`.")] pub $table: Vec<$Row>,)+
        }

        impl Stages {
            /// Shows every table, in order.
            pub fn visit<V: Visit>(&self, visitor: &mut V) -> Result<(), V::Error> {
                $(visitor.table(&self.$table)?;)+
                Ok(())
            }

            /// Puts the rows of other stages behind its own.
            pub fn append(&mut self, mut other: Self) {
                $(self.$table.append(&mut other.$table);)+
            }
        }

        #[cfg(test)]
        const FIELDS: &[&str] = &[$(stringify!($table)),+];
    };
}

stages! {
    run_values = run_value::RunValue,
    estimates = estimate::Estimate,
    contrasts = contrast::Contrast,
    ranks = rank::Rank,
    omnibus = omnibus::Omnibus,
    components = components::Components,
    scores = score::Score,
    findings = finding::Finding,
}

/// Something that takes every table of the stages, whatever its rows are.
pub trait Visit {
    /// Why it could not.
    type Error;

    /// Takes one table.
    fn table<T: Table>(&mut self, rows: &[T]) -> Result<(), Self::Error>;
}

impl Stages {
    /// Names of the tables that have rows.
    pub fn present(&self) -> Vec<&'static str> {
        struct Names(Vec<&'static str>);
        impl Visit for Names {
            type Error = std::convert::Infallible;
            fn table<T: Table>(&mut self, rows: &[T]) -> Result<(), Self::Error> {
                self.0.extend((!rows.is_empty()).then_some(T::NAME));
                Ok(())
            }
        }
        let mut names = Names(Vec::new());
        let Ok(()) = self.visit(&mut names);
        names.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_called_as_its_table() {
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        assert_eq!(FIELDS, names);
    }
}
