//! Tests of two samples, or of one against a margin: their p values, adjusted for how many they are, and their effects.

pub mod adjust;
pub mod brunner_munzel;
pub mod equivalence;
pub mod mann_whitney;
pub mod p_value;
pub(crate) mod pairwise;
pub mod permutation;
pub mod proportions;
pub mod sign_flip;
pub mod signed_rank;
pub mod superiority;
pub mod welch;
