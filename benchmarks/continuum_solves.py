"""Five-ion DSPM-DE solves per second on one core, as ratios to arrays and to another solver.

python benchmarks/continuum_solves.py

The rates count the whole call of ``solve``, in processor time; profiles are made when asked for.
Accuracy is against a march that refines until two meshes agree to ten digits. The last lines are of
two threads: how much of twice the rate of one they reach, in time on the clock, beside the limit of
the machine in the same run: plain arithmetic without memory, in the same parts on the same threads.
That says something only where nothing else runs. What says more elsewhere is in processor time: the
share of a call that is not in the loops, and what a problem costs more on two threads than on one.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np
from numba import njit
from watertap_peer import warm_seconds

from analysis.continuum import Film, Membrane, Model, Solution, solve
from analysis.continuum.solver import compiled, march

WATERTAP_SECONDS = 0.33
"""One warm solve of the five-ion case with WaterTAP 1.8.0 on a two-core machine."""
COUNT = 5000
CHECKED = 500
SINGLE = 20
REPEATS = 3
THREADED = 20_000
ARITHMETIC_STEPS = 2000


def main() -> None:
    """Print rates, accuracy, and the ratios."""
    feed = Solution.neutralised({"Na+": 484.0, "Ca2+": 9.5, "Mg2+": 57.4, "SO4--": 22.2}, by="Cl-")
    print(
        f"first compiled solve, with what is compiled or read from the cache: {first(feed):.1f} s"
    )
    membrane, flux = window(COUNT)
    film = Film(lambda ion: 2e-5 * (ion.diffusivity / 1e-9) ** (2 / 3))
    cases = {
        "ideal": {},
        "with a film": {"film": film},
        "Davies": {"model": Model(activity="davies")},
    }
    for name, choices in cases.items():
        # In turns, so that what else the machine does slows both alike.
        seconds = {"numba": [], "numpy": []}
        for _ in range(REPEATS):
            for backend, found in seconds.items():
                started = time.process_time()
                result = solve(membrane, feed, flux, backend=backend, **choices)
                found.append(time.process_time() - started)
        rate, arrays = (COUNT / min(found) for found in seconds.values())
        print(
            f"{name}: {rate:.0f} solves/s, {rate / arrays:.1f} times arrays ({arrays:.0f}), "
            f"{rate * WATERTAP_SECONDS:.0f} times WaterTAP 1.8.0 warm; "
            f"{result.converged.mean():.2%} converged"
        )
    print(f"largest error of a rejection: {error(feed):.1e} (of {CHECKED})")
    milliseconds = single(feed)
    print(f"single cold solve: {milliseconds:.1f} ms")
    if (peer := warm_seconds()) is None:
        print("WaterTAP or its Ipopt is not installed: the ratios above are to the recorded time")
    else:
        print(f"WaterTAP here, warm: {peer:.2f} s, {1e3 * peer / milliseconds:.0f} single solves")
    shared(feed)


def first(feed: Solution) -> float:
    """Processor time in s of a process' first solve by compiled loops."""
    started = time.process_time()
    solve(Membrane(0.5e-9, 1e-6, 41.0, -27.0), feed, 1e-6, backend="numba")
    return time.process_time() - started


def shared(feed: Solution) -> None:
    """Print what two threads give, and what keeps them from twice the rate."""
    membrane, flux = window(THREADED)
    inside: list[float] = []
    in_chunks = compiled.in_chunks

    def timed(*arguments) -> None:
        started = time.process_time()
        in_chunks(*arguments)
        inside.append(time.process_time() - started)

    result = np.empty(THREADED)
    compiled.in_chunks = timed
    ours = on_threads(lambda: solve(membrane, feed, flux))
    compiled.in_chunks = in_chunks
    limit = on_threads(lambda: in_chunks("arithmetic", arithmetic, (result,), THREADED, 1))
    # Three loops a call, the march and Donnan's of two faces; one thread and two take turns.
    calls = np.add.reduceat(inside, np.arange(0, len(inside), 3))
    serial = 1 - min(calls[::2]) / ours["1"][1]
    for name, found in (("solve", ours), ("arithmetic", limit)):
        wall, spent = (found["1"][i] / found["2"][i] for i in (0, 1))
        print(
            f"two threads, {name}: {wall / 2:.2f} of twice the rate of one on the clock, a problem "
            f"costs {1 / spent:.2f} times the processor time"
        )
    ratio = ours["1"][0] / ours["2"][0] / (limit["1"][0] / limit["2"][0])
    print(f"solve over arithmetic: {ratio:.2f}; outside of the loops: {serial:.1%} of a call")


def on_threads(call) -> dict[str, tuple[float, float]]:
    """Least time on the clock and of the processor of a call on one thread and on two, in turns."""
    seconds: dict[str, list[tuple[float, float]]] = {"1": [], "2": []}
    for _ in range(REPEATS):
        for count, found in seconds.items():
            os.environ["OMP_NUM_THREADS"] = count
            clock, processor = time.perf_counter(), time.process_time()
            call()
            found.append((time.perf_counter() - clock, time.process_time() - processor))
    os.environ["OMP_NUM_THREADS"] = "1"
    return {count: tuple(np.min(found, axis=0)) for count, found in seconds.items()}


@njit(nogil=True, error_model="numpy")
def arithmetic(result, block, first, last):
    """As much work as the march's for each problem, without reading memory."""
    for b in range(first, last):
        x = 0.5 + 1e-6 * b
        for _ in range(ARITHMETIC_STEPS):
            x = np.exp(-x) + 0.1 * x
        result[b] = x


def window(count: int, seed: int = 0):
    """Random membranes and fluxes."""
    rng = np.random.default_rng(seed)
    membrane = Membrane(
        rng.uniform(0.4e-9, 1e-9, count),
        rng.uniform(0.3e-6, 3e-6, count),
        rng.uniform(30, 70, count),
        rng.uniform(-300, 300, count),
    )
    return membrane, 10 ** rng.uniform(-8, np.log10(5e-5), count)


def error(feed: Solution) -> float:
    """Largest difference to a solve that goes on until its meshes agree to ten digits."""
    membrane, flux = window(CHECKED, seed=1)
    default = solve(membrane, feed, flux)
    tolerances = march.AGREED, march.SETTLED
    march.AGREED, march.SETTLED = 1e-10, 0.0
    fine = solve(membrane, feed, flux, cells=1024)
    march.AGREED, march.SETTLED = tolerances
    return max(
        float(np.abs(default.rejection[name] - fine.rejection[name]).max())
        for name in default.rejection
    )


def single(feed: Solution) -> float:
    """Milliseconds of one solve by itself, on average."""
    membrane, flux = window(SINGLE, seed=2)
    fields = (membrane.pore_radius, membrane.effective_thickness, membrane.pore_permittivity)
    rows = list(zip(*fields, membrane.charge_density, flux, strict=True))
    started = time.process_time()
    for *row, speed in rows:
        solve(Membrane(*row), feed, speed)
    return 1e3 * (time.process_time() - started) / SINGLE


if __name__ == "__main__":
    main()
