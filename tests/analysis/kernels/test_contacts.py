import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from MDAnalysis.lib.distances import distance_array

from analysis.kernels import contact_events, within

contacts = arrays(bool, st.tuples(st.integers(1, 25), st.integers(0, 3)))


def events_frame_by_frame(contact, gap):
    found = []
    for pair in range(contact.shape[1]):
        start, last = None, None
        for frame in range(len(contact)):
            if not contact[frame, pair]:
                continue
            if start is not None and frame - last - 1 > gap:
                found.append((pair, start, last + 1))
                start = None
            if start is None:
                start = frame
            last = frame
        if start is not None:
            found.append((pair, start, last + 1))
    return found


@given(contacts, st.integers(0, 4))
def test_events_equal_those_of_a_walk_frame_by_frame(contact, gap):
    events = contact_events(contact, gap)
    rows = [tuple(row) for row in events[["pair", "start", "end"]].to_numpy()]
    assert rows == events_frame_by_frame(contact, gap)
    assert (events["left_censored"] == (events["start"] == 0)).all()
    assert (events["right_censored"] == (events["end"] == len(contact))).all()


@given(contacts)
def test_events_hold_every_frame_of_contact_once(contact):
    events = contact_events(contact)
    assert (events["end"] - events["start"]).sum() == contact.sum()


@given(contacts)
def test_a_longer_gap_never_makes_more_events_and_a_run_long_one_makes_one_per_pair(contact):
    counts = [len(contact_events(contact, gap)) for gap in range(4)]
    assert counts == sorted(counts, reverse=True)
    assert len(contact_events(contact, len(contact))) == contact.any(axis=0).sum()


def test_events_of_two_groups_name_ion_and_partner():
    contact = np.zeros((4, 2, 3), dtype=bool)
    contact[1:3, 1, 2] = True
    event = contact_events(contact).iloc[0]
    assert (event["pair"], event["ion"], event["partner"]) == (5, 1, 2)
    assert (event["start"], event["end"]) == (1, 3)


@pytest.mark.parametrize("gap", [-1, 0.5])
def test_a_gap_is_a_number_of_frames(gap):
    with pytest.raises(ValueError, match=f"gap is {gap}"):
        contact_events(np.ones((3, 1), dtype=bool), gap)


@pytest.mark.parametrize(
    "contact", [np.ones((3, 1)), np.ones(3, dtype=bool), np.empty((0, 2), bool)]
)
def test_contacts_of_another_type_or_shape_are_refused(contact):
    with pytest.raises(ValueError, match="contact has shape"):
        contact_events(contact)


@given(
    arrays(float, (3, 4, 3), elements=st.floats(-30, 30)),
    arrays(float, (3, 2, 3), elements=st.floats(-30, 30)),
)
def test_contacts_equal_those_of_mdanalysis_at_nearest_images(a, b):
    lengths = [9.0, 11.0, 0.0]
    found = within(a, b, 4.0, lengths)
    for frame in range(3):
        # A cell of 1000 along z has no image there within reach.
        apart = distance_array(
            a[frame].astype(np.float32),
            b[frame].astype(np.float32),
            box=[9.0, 11.0, 1000.0, 90, 90, 90],
        )
        clear = np.abs(apart - 4.0) > 1e-3
        assert (found[frame][clear] == (apart <= 4.0)[clear]).all()


def test_a_distance_of_the_cutoff_is_a_contact():
    assert within([[0.0, 0, 0]], [[3.0, 0, 0]], 3.0).all()
    assert not within([[0.0, 0, 0]], [[3.0 + 1e-9, 0, 0]], 3.0).any()


def test_many_frames_are_found_batch_by_batch_as_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0, 9, (50, 3, 3)), rng.uniform(0, 9, (50, 4, 3))
    whole = within(a, b, 4.0)
    monkeypatch.setattr("analysis.kernels.contacts.BATCH", 20)
    assert (within(a, b, 4.0) == whole).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cutoff": 0.0}, "cutoff is 0"),
        ({"cutoff": 6.0, "box": [10.0, 20.0, 0.0]}, "half of each periodic length"),
        ({"box": [10.0, 10.0]}, "three lengths"),
        ({"box": [-1.0, 10.0, 0.0]}, "three lengths"),
        ({"second": np.zeros((1, 2, 3))}, "have shapes"),
        ({"first": [[np.nan, 0, 0]]}, "first.*finite"),
    ],
)
def test_contacts_of_impossible_input_are_refused(changes, message):
    given = {"first": np.zeros((2, 3)), "second": np.ones((2, 3)), "cutoff": 1.0} | changes
    with pytest.raises(ValueError, match=message):
        within(**given)
