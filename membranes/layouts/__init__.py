"""Charge layouts: how many groups a membrane carries, and which of its arms carry them.

A layout becomes a charged network in three steps, called in this order by ``place``:

``plans``
    The layout's name, densities or pH become a plan: how many groups of each kind, and where
    along z. The numbers come from ``counts`` (given ones, checked) and ``titration`` (those of a
    pH, from the measured ``site_densities``), the user's choices from ``options``.
``sites``
    The arms of the network that can become groups, and their z.
``placement``
    For each part of the plan, which of these sites are drawn.

``capacity`` bounds the sites before a network is built, for the checks of a campaign.
"""
