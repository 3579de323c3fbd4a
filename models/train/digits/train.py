"""Trains the digit convnet on the CPU, from models/train.

    python -m digits.train DATA OUT.pt      # DATA holds MNIST's four files

The test set takes no part: the schedule is fixed, and the weights that are written are an exponential moving average
of the trained ones.
"""

import argparse
import copy
from pathlib import Path

import torch
import torch.nn.functional as F
from tqdm import tqdm

from digits import mnist
from digits.network import TrainingNet

AVERAGING = 0.998
"""What the averaged weights keep of themselves at each step."""


def augment(pictures, generator):
    """N x 1 x 28 x 28 of 0..1, each turned, sheared, scaled and shifted, its strokes made thicker or thinner, its edges
    harder: a drawing pad's strokes are even and sharp."""
    count = len(pictures)

    def uniform(low, high):
        return torch.empty(count).uniform_(low, high, generator=generator)

    turn, shear = uniform(-0.26, 0.26), uniform(-0.2, 0.2)
    across, down = uniform(0.85, 1.2), uniform(0.85, 1.2)
    rotation = torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], 1).view(count, 2, 2)
    stretch = torch.stack([across, shear, torch.zeros(count), down], 1).view(count, 2, 2)
    shift = torch.stack([uniform(-0.15, 0.15), uniform(-0.15, 0.15)], 1)[:, :, None]
    grid = F.affine_grid(torch.cat([rotation @ stretch, shift], 2), pictures.shape, align_corners=False)
    moved = F.grid_sample(pictures, grid, align_corners=False)

    def share(amount):
        return amount.view(count, 1, 1, 1)

    thicker, thinner = F.max_pool2d(moved, 3, 1, 1), -F.max_pool2d(-moved, 3, 1, 1)
    width = share(uniform(-0.45, 0.9))
    moved = torch.where(width > 0, torch.lerp(moved, thicker, width), torch.lerp(moved, thinner, -width))
    # Contrast around one half makes edges harder.
    return ((moved - 0.5) * share(uniform(1, 2.5)) + 0.5).clamp(0, 1) * share(uniform(0.8, 1))


@torch.no_grad()
def average(averaged, net):
    for kept, value in zip(averaged.state_dict().values(), net.state_dict().values()):
        if kept.is_floating_point():
            kept.lerp_(value, 1 - AVERAGING)
        else:
            kept.copy_(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of MNIST's files")
    parser.add_argument("out", type=Path, help="the file of weights to write")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=4e-3, help="peak learning rate (%(default)s)")
    parser.add_argument("--seed", type=int, default=28)
    args = parser.parse_args()

    # The order in which threads add up would make runs differ.
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    pictures, labels = mnist.load(args.data, "train")
    pictures, labels = torch.from_numpy(pictures)[:, None].float() / 255, torch.from_numpy(labels).long()

    # Channels last and bfloat16 each save a good part of the time.
    net = TrainingNet().train().to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(net).eval()
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    steps = args.epochs * (len(pictures) // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, total_steps=steps, pct_start=0.15)
    for epoch in range(1, args.epochs + 1):
        order = torch.randperm(len(pictures), generator=generator)
        batches = order[: len(order) // args.batch * args.batch].split(args.batch)
        total = 0.0
        for batch in tqdm(batches, f"epoch {epoch}", mininterval=5, leave=False):
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(augment(pictures[batch], generator))
                loss = F.cross_entropy(logits.float(), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            average(averaged, net)
            total += loss.item()
        print(f"epoch {epoch} of {args.epochs}: loss {total / len(batches):.4f}", flush=True)
    torch.save(averaged.state_dict(), args.out)


if __name__ == "__main__":
    main()
