"""The campaign: what may be asked for, which jobs it takes, how they are run and shown."""
