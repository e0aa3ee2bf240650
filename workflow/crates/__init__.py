"""Results of a campaign as an RO-Crate, with what made them."""
