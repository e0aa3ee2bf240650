"""Chemistry after the reaction, each step a change of arm states."""

from membranes.networks.network import Network


def hydrolyse(network: Network) -> Network:
    """Turn every acyl chloride left over into a carboxylic acid (Cl to OH)."""
    return network.change(dict.fromkeys(network.arms_in("COCl"), "COOH"))


def protonate(network: Network, arms) -> Network:
    """Turn free amines into ammonium groups (NH to NH2+)."""
    return network.change(dict.fromkeys(_in_state(network, arms, "NH"), "NH2+"))


def deprotonate(network: Network, arms) -> Network:
    """Turn carboxylic acids into carboxylates (COOH to COO-)."""
    return network.change(dict.fromkeys(_in_state(network, arms, "COOH"), "COO-"))


def _in_state(network: Network, arms, state: str):
    for arm in arms:
        if network.state(arm) != state:
            raise ValueError(f"arm {arm} is in state {network.state(arm)}, not {state}")
        yield arm
