"""minigan: generative adversarial networks from scratch, every gradient derived by hand.

    from minigan.layers import Dense, LeakyReLU, Sequential
    from minigan.gan import d_step, g_step
    from minigan.losses import NonSaturating
    from minigan.optim import Adam

Importing `minigan` itself loads nothing else; the parts load when they are named.
"""

__version__ = "0.1.0"
