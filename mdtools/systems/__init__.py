"""OpenMM systems: made from templates, with forces added, checked and diagnosed."""
