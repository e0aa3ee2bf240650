from tests.analysis.universes.trajectories import BOX, SELECTIONS, refused


def test_a_jump_of_an_ion_is_refused_with_frame_and_remedy(tmp_path, paths):
    jumped = paths.copy()
    jumped[20:, -1, 0] += 0.45 * BOX[0]
    refused(tmp_path, jumped, "run.dcd: ion atom .* up to frame 20.*write frames more often")


def test_wrapped_paths_that_are_said_to_be_continuous_are_refused(tmp_path, paths):
    refused(tmp_path, paths, "these paths are wrapped, set wrapped: true", wrapped=False)


def test_water_that_moves_too_far_between_frames_is_refused(tmp_path, paths):
    far = paths.copy()
    far[10:, 63:103, 1] += 0.45 * BOX[1]
    refused(tmp_path, far, r"10.5 % of the water moves more than 0.4 .* along y up to frame 10")


def test_a_selection_of_two_membranes_is_refused(tmp_path, paths):
    two = paths.copy()
    two[:, :30, 2] -= 3.0
    refused(
        tmp_path, two, "the membrane has gaps of more than 1 nm along z and falls into 2 pieces"
    )


def test_pistons_in_the_wrong_order_are_refused(tmp_path, paths):
    walled = paths.copy()
    walled[:, 63, 2], walled[:, 64, 2] = 0.2, 7.9
    swapped = SELECTIONS | {"pistons": ("index 64", "index 63")}
    refused(tmp_path, walled, "the first of selections.pistons is the feed's", selections=swapped)
