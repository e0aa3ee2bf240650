"""Makes the files in `mdtools/forcefield/data`. Developers run it; users never need it.

Step by step, from the root of the repository::

    G="python -m mdtools.forcefield.generate"
    A="--amber AMBER [--library FOLDER ...] [--origin WORDS]"
    $G charges  $A --work WORK/charges     # sqm: AM1-BCC of the capped models -> am1bcc.json
                                           # (--kinds MC SC: of these residues, others stay)
    $G gaff     $A --work WORK/gaff        # gaff.dat and parmchk2             -> gaff.json
    $G assemble                            # json -> every .xml and manifest.json
    $G fixtures $A --work WORK/fixtures --out tests/data/forcefield    # tleap -> *.prmtop.gz

`assemble` needs nothing beyond the package; the others call AmberTools programs as binaries.
AMBER is a folder with bin/ (antechamber, parmchk2, sqm, tleap) and dat/. An AmberTools
installation is one. So is the `amber_linux` folder inside the acpype wheel of PyPI (GPL-3; a
separate program, neither imported nor shipped), with two additions given by `--library`:

- sqm needs the distribution's LAPACK, BLAS, gfortran and ARPACK (Debian: liblapack3, libblas3,
  libgfortran5, libarpack2).
- tleap needs links from the SONAMEs to the wheel's libraries (libhdf5.so.310 and so on) and a
  libjpeg.so.8, of which it calls nothing.

The charges step takes about ten minutes on one free core and keeps finished conformers in WORK, so
it may be interrupted. Starting geometries have a fixed seed, and charges repeat to the last digit
that sqm prints; AM1 geometries repeat to 0.01 angstrom, but for soft acyl chlorides that may twist
the other way. Hence the same charges give the same files, byte by byte, which the tests check.
"""
