"""Parts that several observables share: contacts, dwells, shells, displacements, their rows."""
