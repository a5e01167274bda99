"""Training steps per second of JAX: the steps of `joule bench`, with a batch from a pool, Adam and a moving average.

    python jax_steps.py ed|sm|cd|latent|ed-large|ed-1024|ed-small|ed-300|decoder|conv|images [--per-call 100]

--per-call N runs N steps in one call (lax.scan). JAX chooses the device: JAX_PLATFORMS=cpu or cuda.
"""
import argparse
import math

import jax
import jax.numpy as jnp
from jax import random

from windows import report


def mlp(key, *sizes):
    return [(random.uniform(k, (below, above), minval=-1, maxval=1) / math.sqrt(below), jnp.zeros(above))
            for k, below, above in zip(random.split(key, len(sizes)), sizes, sizes[1:])]


def vectors(layers, x, activation):
    for weights, biases in layers[:-1]:
        x = activation(x @ weights + biases)
    weights, biases = layers[-1]
    return x @ weights + biases


def network(layers, x, activation=jax.nn.softplus):
    return vectors(layers, x, activation)[..., 0]


def tilted(layers, x):
    return network(layers, x, lambda y: jax.nn.leaky_relu(y, 0.2)) + 0.5 * (x * x).sum(-1)


def energy_discrepancy(energy, x, key, particles, std):
    once, each = random.split(key)
    y = x + std * random.normal(once, x.shape)
    z = y[:, None] + std * random.normal(each, (x.shape[0], particles, x.shape[1]))
    gap = energy(x)[:, None] - energy(z.reshape(-1, x.shape[1])).reshape(x.shape[0], particles)
    return jax.nn.logsumexp(jnp.concatenate([gap, jnp.zeros_like(gap[:, :1])], 1), axis=1).mean()


def score_matching(energy, x, key):
    score = jax.grad(lambda z: energy(z).sum())
    laplacian = sum(jax.jvp(score, (x,), (jnp.zeros_like(x).at[:, i].set(1.0),))[1][:, i] for i in range(x.shape[1]))
    return (0.5 * (score(x) ** 2).sum(1) - laplacian).mean()


def contrastive_divergence(energy, x, key, steps=10, step=0.005, noise=0.1):
    score = jax.grad(lambda z: energy(z).sum())
    y = x
    for k in random.split(key, steps):
        y = y - step * score(y) + noise * random.normal(k, y.shape)
    data, model = energy(x), energy(jax.lax.stop_gradient(y))
    return (data - model).mean() + 0.3 * (data ** 2 + model ** 2).mean()


def gaussians25(key, count):
    which, noise = random.split(key)
    at = jnp.arange(-2, 3) * 2.0
    centres = jnp.stack(jnp.meshgrid(at, at), -1).reshape(25, 2)
    return (centres[random.randint(which, (count,), 0, 25)] + 0.2 * random.normal(noise, (count, 2))) / 1.414


def decoder(net, x, key):
    encode, decode = net
    mean, log_variance = jnp.split(encode(x), 2, 1)
    logit = decode(mean + jnp.exp(0.5 * log_variance) * random.normal(key, mean.shape))
    image = (jax.nn.softplus(logit) - logit * x).sum(1)
    return (image + 0.5 * (mean ** 2 + jnp.exp(log_variance) - 1 - log_variance).sum(1)).mean()


SIZES = (1, 16, 32, 64)


def convolutions(key):
    """The first values of the weights and biases of three convolutions of 3 x 3, and of a linear layer behind them."""
    layers = [(random.uniform(k, (3, 3, below, above), minval=-1, maxval=1) / math.sqrt(9 * below), jnp.zeros(above))
              for k, below, above in zip(random.split(key, 3), SIZES, SIZES[1:])]
    return layers + mlp(key, 7 * 7 * 64, 1)


def convolved(layers, x):
    y = x.reshape(-1, 28, 28, 1)
    for (weights, biases), stride in zip(layers, (1, 2, 2)):
        y = jax.nn.silu(jax.lax.conv_general_dilated(y, weights, (stride, stride), ((1, 1), (1, 1)),
                                                     dimension_numbers=("NHWC", "HWIO", "NHWC")) + biases)
    return network(layers[3:], y.reshape(x.shape[0], -1))


# of the decoder: channels below and above, size of the window, stride, padding
TRANSPOSED = ((64, 128, 4, 1, 0), (128, 64, 3, 2, 1), (64, 32, 4, 2, 1), (32, 1, 4, 2, 1))


def image_model(key):
    """The first values of a decoder and of the energy of its codes."""
    below, above = random.split(key)
    layers = [(random.uniform(k, (size, size, i, o), minval=-1, maxval=1) / math.sqrt(size * size * o), jnp.zeros(o))
              for k, (i, o, size, _, _) in zip(random.split(below, len(TRANSPOSED)), TRANSPOSED)]
    return layers, mlp(above, 64, 200, 200, 200, 1)


def decoded(layers, z):
    """[n, 64] to [n, 784]."""
    y = z[:, None, None]
    for (weights, biases), (_, _, size, stride, padding) in zip(layers, TRANSPOSED):
        around = (size - 1 - padding,) * 2
        y = jax.lax.conv_transpose(y, weights, (stride, stride), (around, around), dimension_numbers=("NHWC", "HWIO", "NHWC")) + biases
        y = jax.nn.leaky_relu(y, 0.1) if weights.shape[3] > 1 else jnp.tanh(y)
    return y.reshape(z.shape[0], -1)


def image_prior(net, x, key, steps=20, step=0.005, noise=0.1, variance=0.09):
    x = 2 * x - 1
    error = lambda z: ((decoded(net[0], z) - x) ** 2).sum(1) * (0.5 / variance)
    prior = lambda z: tilted(net[1], z)
    score = jax.grad(lambda z: (prior(z) + error(z)).sum())
    first, last, *keys = random.split(key, steps + 2)
    z = random.normal(first, (x.shape[0], 64))
    for k in keys:
        z = z - step * score(z) + noise * random.normal(k, z.shape)
    z = jax.lax.stop_gradient(z)
    return error(z).mean() + energy_discrepancy(prior, z, last, 16, 0.5)


SMALL = (2, 128, 128, 128, 128, 1)
# name → (sizes of the network or its first values, energy, loss, batch, learning rate)
STEPS = {
    "ed": (SMALL, network, lambda e, x, k: energy_discrepancy(e, x, k, 4, 1.0), 128, 1e-3),
    "sm": (SMALL, network, score_matching, 128, 1e-3),
    "cd": (SMALL, network, contrastive_divergence, 128, 1e-3),
    "latent": ((64, 200, 200, 200, 1), tilted, lambda e, x, k: energy_discrepancy(e, x, k, 16, 0.5), 256, 5e-5),
    "ed-large": ((2, 256, 256, 256, 256, 1), network, lambda e, x, k: energy_discrepancy(e, x, k, 16, 1.0), 1024, 1e-3),
    "ed-small": ((2, 64, 64, 64, 1), lambda p, z: network(p, z, jax.nn.relu), lambda e, x, k: energy_discrepancy(e, x, k, 4, 1.0), 32, 1e-3),
    "ed-300": ((2, 300, 300, 300, 1), lambda p, z: network(p, z, jax.nn.silu), lambda e, x, k: energy_discrepancy(e, x, k, 4, 1.0), 256, 1e-3),
    "decoder": (((784, 400, 40), (20, 400, 784)), lambda p, z: vectors(p, z, jax.nn.relu), decoder, 128, 1e-3),
    "conv": (convolutions, convolved, lambda e, x, k: energy_discrepancy(e, x, k, 4, 0.5), 32, 1e-3),
    "images": (image_model, lambda p, _: p, lambda e, x, k: image_prior(e(None), x, k), 128, 1e-3),   # takes all of the network
    "ed-1024": ((2, 1024, 1024, 1024, 1024, 1), network, lambda e, x, k: energy_discrepancy(e, x, k, 16, 1.0), 1024, 1e-3),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("loss", choices=STEPS)
    parser.add_argument("--per-call", type=int, default=1)
    args = parser.parse_args()
    sizes, energy, loss, batch, rate = STEPS[args.loss]
    key = random.PRNGKey(0)
    images = lambda: random.uniform(key, (4096, 784))
    pool = {"latent": lambda: random.normal(key, (65_536, 64)), "decoder": images, "conv": images, "images": images}.get(
        args.loss, lambda: gaussians25(key, 65_536))()
    tree = jax.tree_util.tree_map

    two = not callable(sizes) and isinstance(sizes[0], tuple)   # an encoder and a decoder
    at = lambda p: tuple(lambda z, q=q: energy(q, z) for q in p) if two else lambda z: energy(p, z)

    def one(state, _):
        layers, first, second, average, t, key = state
        key, choice, noise = random.split(key, 3)
        x = pool[random.randint(choice, (batch,), 0, pool.shape[0])]
        value, gradient = jax.value_and_grad(lambda p: loss(at(p), x, noise))(layers)
        t = t + 1
        first = tree(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = tree(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        layers = tree(lambda p, m, v: p - rate * (m / (1 - 0.9 ** t)) / (jnp.sqrt(v / (1 - 0.999 ** t)) + 1e-8), layers, first, second)
        average = tree(lambda a, p: 0.999 * a + 0.001 * p, average, layers)
        return (layers, first, second, average, t, key), value

    run = jax.jit(lambda state: jax.lax.scan(one, state, None, length=args.per_call) if args.per_call > 1 else one(state, None),
                  donate_argnums=0)
    layers = sizes(key) if callable(sizes) else tuple(mlp(key, *each) for each in sizes) if two else mlp(key, *sizes)
    zeros = lambda: tree(jnp.zeros_like, layers)
    state = (layers, zeros(), zeros(), tree(jnp.array, layers), jnp.float32(0), key)

    def step():
        nonlocal state
        state, value = run(state)
        return value

    device = jax.devices()[0].platform
    report(f"jax {jax.__version__} {args.loss} per-call={args.per_call} {device}", step, jax.block_until_ready, args.per_call)


main()
