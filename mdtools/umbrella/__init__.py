"""Free energies of an ion along z: windows with a harmonic restraint, their starts and runs."""
