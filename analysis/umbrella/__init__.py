"""Free energies of ions along z: windows joined to profiles, beside continuum theory."""
