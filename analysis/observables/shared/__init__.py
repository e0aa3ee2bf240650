"""What several observables are made of: contacts, stays, shells, displacements, and their rows."""
