import numpy as np

from analysis.reading.growing_array import FIRST, GrowingArray


def test_rows_are_kept_in_order_through_every_growth():
    rng = np.random.default_rng(0)
    parts = [rng.random((n, 3)).astype(np.float32) for n in rng.integers(0, FIRST // 3, 30)]
    rows = GrowingArray(np.float32, (3,))
    for part in parts:
        rows.add(part)
    joined = rows.joined()
    assert joined.dtype == np.float32
    np.testing.assert_array_equal(joined, np.concatenate(parts))


def test_no_rows_are_an_empty_array():
    assert GrowingArray(np.int32, (2,)).joined().shape == (0, 2)
