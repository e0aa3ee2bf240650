"""The same numbers from other programs."""

import freud
import numpy as np
import pytest
import tidynamics

from analysis.kernels import clusters, msd, unwrap, within
from analysis.kernels.contacts import nearest_image

BOX = np.array([6.0, 7.0, 8.0])


@pytest.fixture(scope="module")
def paths():
    rng = np.random.default_rng(5)
    return rng.uniform(0, 6, (12, 3)) + np.cumsum(rng.normal(0, 0.3, (400, 12, 3)), axis=0)


def test_msd_is_that_of_tidynamics_and_of_freud(paths):
    found = msd(paths).total
    each = [tidynamics.msd(np.ascontiguousarray(paths[:, k])) for k in range(paths.shape[1])]
    assert found == pytest.approx(np.mean(each, axis=0), rel=1e-9, abs=1e-9)
    windowed = freud.msd.MSD(mode="window").compute(paths, reset=True).msd
    assert found == pytest.approx(windowed, rel=1e-4, abs=1e-4)


def test_unwrapped_paths_have_the_msd_of_freud_with_images(paths):
    wrapped = (paths + BOX / 2) % BOX - BOX / 2
    images = np.rint((paths - wrapped) / BOX).astype(np.int32)
    box = freud.box.Box(*BOX)
    other = freud.msd.MSD(box, mode="window").compute(wrapped, images=images, reset=True).msd
    assert msd(unwrap(wrapped, BOX)).total == pytest.approx(other, rel=1e-4, abs=1e-4)


def test_contacts_and_clusters_are_those_of_freud():
    rng = np.random.default_rng(7)
    cations, anions = rng.uniform(-3, 3, (2, 25, 3)) * BOX / 6
    cutoff = 1.1
    contact = within(cations, anions, cutoff, BOX)
    query = freud.locality.AABBQuery(freud.box.Box(*BOX), anions)
    pairs = query.query(cations, {"r_max": cutoff}).toNeighborList()
    expected = np.zeros_like(contact)
    expected[pairs.query_point_indices, pairs.point_indices] = True
    assert (contact == expected).all()

    everything = np.vstack([cations, anions])
    ours, theirs = np.nonzero(contact)
    apart = nearest_image(cations[ours] - anions[theirs], BOX)
    begin, end, vector = (
        np.concatenate(both) for both in ((ours, theirs + 25), (theirs + 25, ours), (-apart, apart))
    )
    order = np.lexsort((end, begin))
    bonds = freud.locality.NeighborList.from_arrays(50, 50, begin[order], end[order], vector[order])
    system = (freud.box.Box(*BOX), everything)
    found = freud.cluster.Cluster().compute(system, neighbors=bonds)
    sizes = sorted(len(keys) for keys in found.cluster_keys)
    assert sorted(clusters(contact, 1, -1).table["size"]) == sizes
