import json
import zipfile

import numpy as np
import pytest

from analysis.store import MANIFEST, Store, StoreError


def rewritten(path, **changes):
    """The store with other entries in its manifest."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content[MANIFEST]) | changes
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (content | {MANIFEST: json.dumps(manifest)}).items():
            archive.writestr(name, data)


def test_a_store_reads_back_as_written_and_writes_the_same_bytes_again(make_store, tmp_path):
    store = make_store()
    store.write(tmp_path / "a.npz")
    store.write(tmp_path / "b.npz")
    read = Store.read(tmp_path / "a.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert all(np.array_equal(read.arrays[name], store.arrays[name]) for name in store.arrays)
    assert read.manifest["units"]["time_ps"].startswith("ps")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_z_is_measured_from_the_membrane_s_center_of_the_same_frame(make_store):
    store = make_store()
    moved = {k: v.copy() for k, v in store.arrays.items()}
    rise = np.linspace(0, 1, len(moved["time_ps"]))
    moved["positions_nm"][..., 2] += rise[:, None]
    moved["membrane_z_nm"] = moved["membrane_z_nm"] + rise
    shifted = Store(moved, store.manifest)
    assert shifted.z_angstrom == pytest.approx(store.z_angstrom, abs=1e-4)


def test_a_store_of_another_version_is_refused_with_file_and_remedy(make_store, tmp_path):
    path = tmp_path / "trial1.store.npz"
    make_store().write(path)
    rewritten(path, schema=0)
    with pytest.raises(StoreError, match=r"trial1.store.npz has schema 0.*collect the run again"):
        Store.read(path)


def test_a_damaged_store_is_refused_with_file_and_remedy(make_store, tmp_path):
    path = tmp_path / "trial1.store.npz"
    make_store().write(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(StoreError, match=r"trial1.store.npz is not a whole store.*collect"):
        Store.read(path)


def test_a_missing_store_is_refused_by_name(tmp_path):
    with pytest.raises(StoreError, match=r"nothing.npz does not exist"):
        Store.read(tmp_path / "nothing.npz")


def test_a_store_holds_just_the_documented_arrays(make_store, tmp_path):
    store = make_store()
    store.arrays["more"] = np.zeros(1)
    with pytest.raises(ValueError, match="more"):
        store.write(tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []
