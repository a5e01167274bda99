"""Training steps per second of PyTorch: the steps of `joule bench`, with a batch from a pool, Adam and a moving average.

    python torch_steps.py ed|sm|cd|latent|ed-large|ed-1024|ed-small|ed-300|decoder|conv|images [--mode eager|compile|reduce-overhead|graph] [--device cpu|cuda] [--threads 2]

reduce-overhead is torch.compile with CUDA graphs; graph captures the whole eager step as one CUDA graph, as nobody does by default.
"""
import argparse
import math

import torch
from torch import nn

from windows import report


def mlp(*sizes, activation=nn.Softplus):
    layers = []
    for below, above in zip(sizes, sizes[1:]):
        layers += [nn.Linear(below, above), activation()]
    return nn.Sequential(*layers[:-1])


def convolutions():
    """[*, 784] to [*, 1]."""
    return nn.Sequential(nn.Unflatten(-1, (1, 28, 28)), nn.Conv2d(1, 16, 3, 1, 1), nn.SiLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.SiLU(),
                         nn.Conv2d(32, 64, 3, 2, 1), nn.SiLU(), nn.Flatten(), nn.Linear(7 * 7 * 64, 1))


class Images(nn.Module):
    """A decoder [*, 64] to [*, 784], and the energy of its codes [*, 64] to [*, 1]."""

    def __init__(self):
        super().__init__()
        up, leaky = nn.ConvTranspose2d, lambda: nn.LeakyReLU(0.1)
        self.decoder = nn.Sequential(nn.Unflatten(-1, (64, 1, 1)), up(64, 128, 4, 1, 0), leaky(), up(128, 64, 3, 2, 1), leaky(),
                                     up(64, 32, 4, 2, 1), leaky(), up(32, 1, 4, 2, 1), nn.Tanh(), nn.Flatten())
        self.prior = mlp(64, 200, 200, 200, 1, activation=lambda: nn.LeakyReLU(0.2))


def energy_discrepancy(net, x, particles, std, tilt=0.0):
    energy = lambda z: net(z).squeeze(-1) + tilt * z.square().sum(-1)
    y = x + std * torch.randn_like(x)
    z = y.unsqueeze(1) + std * torch.randn(x.size(0), particles, x.size(1), device=x.device)
    gap = energy(x).unsqueeze(1) - energy(z.flatten(0, 1)).unflatten(0, (x.size(0), particles))
    return torch.cat([gap, torch.zeros_like(gap[:, :1])], 1).logsumexp(1).mean()


def score_matching(net, x):
    x = x.detach().requires_grad_()
    gradient, = torch.autograd.grad(net(x).sum(), x, create_graph=True)
    laplacian = sum(torch.autograd.grad(gradient[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(x.size(1)))
    return (0.5 * gradient.square().sum(1) - laplacian).mean()


def contrastive_divergence(net, x, steps=10, step=0.005, noise=0.1):
    y = x
    for _ in range(steps):
        y = y.detach().requires_grad_()
        gradient, = torch.autograd.grad(net(y).sum(), y)
        y = y - step * gradient + noise * torch.randn_like(y)
    data, model = net(x), net(y.detach())
    return (data - model).mean() + 0.3 * (data.square() + model.square()).mean()


def decoder(net, x):
    mean, log_variance = net[0](x).chunk(2, 1)
    logit = net[1](mean + (0.5 * log_variance).exp() * torch.randn_like(mean))
    image = (nn.functional.softplus(logit) - logit * x).sum(1)
    return (image + 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)).mean()


def image_prior(net, x, steps=20, step=0.005, noise=0.1, variance=0.09):
    x = 2 * x - 1
    error = lambda z: (net.decoder(z) - x).square().sum(1) * (0.5 / variance)
    z = torch.randn(x.size(0), 64, device=x.device)
    for _ in range(steps):
        z = z.detach().requires_grad_()
        energy = net.prior(z).squeeze(-1) + 0.5 * z.square().sum(1) + error(z)
        gradient, = torch.autograd.grad(energy.sum(), z)
        z = z - step * gradient + noise * torch.randn_like(z)
    z = z.detach()
    return error(z).mean() + energy_discrepancy(net.prior, z, 16, 0.5, tilt=0.5)


def gaussians25(count, device):
    at = torch.arange(-2, 3, device=device) * 2.0
    centres = torch.cartesian_prod(at, at)
    return (centres[torch.randint(25, (count,), device=device)] + 0.2 * torch.randn(count, 2, device=device)) / 1.414


# name → (network, loss, batch, learning rate)
STEPS = {
    "ed": (lambda: mlp(2, 128, 128, 128, 128, 1), lambda net, x: energy_discrepancy(net, x, 4, 1.0), 128, 1e-3),
    "sm": (lambda: mlp(2, 128, 128, 128, 128, 1), score_matching, 128, 1e-3),
    "cd": (lambda: mlp(2, 128, 128, 128, 128, 1), contrastive_divergence, 128, 1e-3),
    "latent": (lambda: mlp(64, 200, 200, 200, 1, activation=lambda: nn.LeakyReLU(0.2)),
               lambda net, x: energy_discrepancy(net, x, 16, 0.5, tilt=0.5), 256, 5e-5),
    "ed-large": (lambda: mlp(2, 256, 256, 256, 256, 1), lambda net, x: energy_discrepancy(net, x, 16, 1.0), 1024, 1e-3),
    "ed-small": (lambda: mlp(2, 64, 64, 64, 1, activation=nn.ReLU), lambda net, x: energy_discrepancy(net, x, 4, 1.0), 32, 1e-3),
    "ed-300": (lambda: mlp(2, 300, 300, 300, 1, activation=nn.SiLU), lambda net, x: energy_discrepancy(net, x, 4, 1.0), 256, 1e-3),
    "decoder": (lambda: nn.ModuleList([mlp(784, 400, 40, activation=nn.ReLU), mlp(20, 400, 784, activation=nn.ReLU)]), decoder, 128, 1e-3),
    "conv": (convolutions, lambda net, x: energy_discrepancy(net, x, 4, 0.5), 32, 1e-3),
    "images": (Images, image_prior, 128, 1e-3),
    "ed-1024": (lambda: mlp(2, 1024, 1024, 1024, 1024, 1), lambda net, x: energy_discrepancy(net, x, 16, 1.0), 1024, 1e-3),
}


def captured(step):
    """The step as a CUDA graph: some runs on another stream first, as the capture wants it."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = step()

    def replay():
        graph.replay()
        return loss

    return replay


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("loss", choices=STEPS)
    parser.add_argument("--mode", choices=["eager", "compile", "reduce-overhead", "graph"], default="eager")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    network, loss, batch, rate = STEPS[args.loss]
    net = network().to(args.device)
    pool = (torch.randn(65_536, 64, device=args.device) if args.loss == "latent" else
            torch.rand(4096, 784, device=args.device) if args.loss in ("decoder", "conv", "images") else gaussians25(65_536, args.device))
    if args.mode in ("compile", "reduce-overhead"):
        loss = torch.compile(loss, mode="reduce-overhead" if args.mode == "reduce-overhead" else None)
    parameters = list(net.parameters())
    adam = torch.optim.Adam(parameters, lr=rate, fused=True, **({"capturable": True} if args.mode == "graph" else {}))
    average = [parameter.detach().clone() for parameter in parameters]

    def step():
        adam.zero_grad(set_to_none=args.mode != "graph")
        value = loss(net, pool[torch.randint(pool.size(0), (batch,), device=args.device)])
        value.backward()
        adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 0.001)
        return value

    wait = torch.cuda.synchronize if args.device.startswith("cuda") else lambda: None
    report(f"torch {torch.__version__} {args.loss} {args.mode} {args.device}",
           captured(step) if args.mode == "graph" else step, lambda value: wait())


main()
