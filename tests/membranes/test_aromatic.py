"""m-Phenylenediamine: a primary amine whose nitrogens react once and protonate in acid only."""

from dataclasses import replace

import numpy as np
import pytest

from membranes.building.candidates import find
from membranes.building.options import MonomerCounts
from membranes.building.packing import unreacted_network
from membranes.building.reaction import link
from membranes.layouts.dissociation import titrate_shares
from membranes.layouts.errors import LayoutError, TitrationError
from membranes.layouts.options import LayoutOptions
from membranes.layouts.place import place
from membranes.layouts.sites import SiteNumbers
from membranes.networks.monomers import geometry
from membranes.networks.network import Network
from membranes.recipes.options import Pack
from tests.membranes.conftest import BOX


def lattice(**counts) -> Network:
    """Unreacted monomers on a lattice."""
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    cells = int(np.ceil(len(kinds) ** (1 / 3)))
    corners = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = (corners[: len(kinds)] + 0.5) * np.array(BOX) / cells
    positions = [geometry(kind)[1] + place for kind, place in zip(kinds, places, strict=True)]
    return unreacted_network(kinds, np.concatenate(positions), BOX, 0)


def beside(network: Network, hydrogen: str) -> Network:
    """Put the first chlorine of residue 1 at 0.2 nm from a hydrogen of residue 0, outwards."""
    positions = network.positions.copy()
    nitrogen, row = (network.rows[0, name] for name in ("N1", hydrogen))
    along = positions[row] - positions[nitrogen]
    target = positions[row] + 0.2 * along / np.linalg.norm(along)
    moved = network.residue == 1
    positions[moved] += target - positions[network.rows[1, "CL7"]]
    return replace(network, positions=positions)


@pytest.mark.parametrize(("near", "far"), [("H1", "H1A"), ("H1A", "H1")])
def test_the_hydrogen_nearer_to_the_chlorine_leaves(near, far):
    network = beside(lattice(MPD=1, TMC=1), near)
    stays, leaves = (network.ids[network.rows[0, name]] for name in (far, near))
    (candidate, *_) = find(network, 0.25)
    assert candidate.hydrogen_chlorine_nm == pytest.approx(0.2)
    linked = link(network, [candidate])
    assert linked.ids[linked.rows[0, "H1A"]] == stays
    assert leaves not in linked.ids
    assert linked.template_names == ("MPD(NH,amide)", "TMC(COCl,COCl,amide)")
    assert linked.template_charge == pytest.approx(0.0, abs=1e-9)


def test_a_nitrogen_reacts_once():
    """Its second hydrogen would make an imide, which is not part of this chemistry."""
    network = lattice(MPD=1, TMC=2)
    first = find(network, 9.0)[0]
    linked = link(network, [first])
    assert first.amine not in {candidate.amine for candidate in find(linked, 9.0)}
    report = linked.report()
    assert report["nh_conversion"] == 1 / 2
    assert report["free_amines"] == 1


def test_o_over_n_of_a_complete_and_of_a_linear_network():
    """C18H12N3O3 has 1, C15H10N2O4 has 2, which the formula of cross-linking goes by."""
    complete = lattice(MPD=3, TMC=2)
    pairs = [((0, 0), (3, 0)), ((0, 1), (4, 0)), ((1, 0), (3, 1)), ((1, 1), (4, 1))]
    pairs += [((2, 0), (3, 2)), ((2, 1), (4, 2))]
    complete = complete.change({arm: "amide" for pair in pairs for arm in pair}, pairs)
    assert complete.report()["o_over_n"] == 1
    linear = lattice(MPD=1, TMC=1)
    linear = linear.change({(0, 0): "amide", (1, 0): "amide"}, [((0, 0), (1, 0))])
    linear = linear.change({(1, 1): "COOH", (1, 2): "COOH"})
    # The end of a chain has an acid more and an amide less than its inside.
    assert linear.report()["o_over_n"] == 5 / 2


def test_protonated_nitrogen_is_a_tetrahedron_with_hydrogens_apart():
    network = lattice(MPD=1).change({(0, 0): "NH2+"})
    nitrogen = network.positions[network.rows[0, "N1"]]
    around = [network.positions[network.rows[0, name]] for name in ("C1", "H1A", "H1", "H1B")]
    arms = np.array(around) - nitrogen
    assert np.linalg.norm(arms[3]) == pytest.approx(0.102)
    cosines = (arms[:3] @ arms[3]) / np.linalg.norm(arms[:3], axis=1) / 0.102
    assert (np.degrees(np.arccos(cosines)) > 80).all()
    assert network.formal_charge == 1


def acid_film(**counts) -> Network:
    """Hydrolysed, with no amide: every site is there."""
    network = lattice(**counts)
    return network.change(dict.fromkeys(network.arms_in("COCl"), "COOH"))


@pytest.mark.parametrize(
    ("pH", "amines", "acids"),
    [(2.0, 0.998, 0.0003), (4.74, 0.5, 0.122), (7.0, 0.005, 0.497), (8.97, 0.0, 0.75)],
)
def test_ft30_is_half_charged_at_its_published_pka(pH, amines, acids):
    """pKa 4.74 of the amines, 5.23 and 8.97 of the carboxyls, half of which have the first here."""
    counts = titrate_shares(pH, SiteNumbers({"MPD": 1000}, 1000), first_share=0.5)
    assert counts.amine == pytest.approx(1000 * amines, abs=2)
    assert counts.carboxylate == pytest.approx(1000 * acids, abs=2)


def test_piperazine_keeps_its_protons_where_aromatic_amines_have_none():
    piperazine = titrate_shares(7.0, SiteNumbers({"PIP": 1000}, 1000))
    assert piperazine.amine == pytest.approx(996, abs=1)
    assert piperazine.carboxylate == pytest.approx(1000 * 2.030 / 4.466, abs=2)


def test_layout_by_ph_counts_the_networks_own_sites():
    titration = {"pH": 2, "mode": "shares", "first_share": 0.5}
    film = acid_film(MPD=6, TMC=4)
    layout = place(film, "acid", options=LayoutOptions(titrations={"acid": titration}))
    assert layout.report["counts"] == {"NH2+": 12, "COO-": 0}
    assert set(layout.network.template_names) == {"MPD(NH2+,NH2+)", "TMC(COOH,COOH,COOH)"}
    assert layout.report["template_charge_e"] == pytest.approx(12, abs=1e-6)


def test_of_two_amines_the_stronger_base_takes_the_protons():
    film = acid_film(PIP=3, MPD=3, TMC=4)
    options = {"counts": {"pH2": {"NH2+": 5}}}
    charged = place(film, "pH2", options=LayoutOptions(**options)).network
    assert {charged.kinds[row] for row, _ in charged.arms_in("NH2+")} == {"PIP"}
    options = {"counts": {"pH2": {"NH2+": 8}}}
    charged = place(film, "pH2", options=LayoutOptions(**options)).network
    kinds = [charged.kinds[row] for row, _ in charged.arms_in("NH2+")]
    assert (kinds.count("PIP"), kinds.count("MPD")) == (6, 2)


@pytest.mark.parametrize(
    ("layout", "options", "said"),
    [
        ("pH7", {}, "of piperazine, this one has MPD: set layout_options.counts.pH7"),
        ("own", {"pH": 7}, "mode areal has the sites of NF270.*with MPD allowed are shares and"),
        ("own", {"pH": 7, "mode": "net"}, "mode net has the sites of NF270"),
        ("own", {"pH": 7, "mode": "shares"}, "first_share is missing.*membranes of MPD"),
    ],
)
def test_numbers_of_piperazine_membranes_are_not_taken(layout, options, said):
    options = LayoutOptions(titrations={"own": options} if options else {})
    with pytest.raises(LayoutError, match=said):
        place(acid_film(MPD=6, TMC=4), layout, options=options)


def test_a_mixture_has_no_titration():
    with pytest.raises(TitrationError, match="no pKa for a membrane of PIP and MPD"):
        titrate_shares(7.0, SiteNumbers({"PIP": 1, "MPD": 1}, 3))


def test_monomers_need_an_amine():
    with pytest.raises(ValueError, match="has no amine, allowed is at least 1 PIP or MPD"):
        MonomerCounts(TMC=4)
    assert MonomerCounts(PIP=1, MPD=2, TMC=2).words == "1 PIP, 2 MPD and 2 TMC"


def test_recipes_are_of_piperazine():
    with pytest.raises(ValueError, match=r"monomers.MPD is 3, allowed is 0"):
        Pack(monomers={"MPD": 3, "TMC": 2}, box_nm=(2, 2, 2))
