"""Trains the cats-vs-dogs convnet from scratch on the CPU. See README.md beside this file.

    python -m cats_vs_dogs.train DATA OUT        # DATA holds train.zip and validation.zip
    python -m cats_vs_dogs.train DATA OUT        # the same again resumes from OUT/last.pt

OUT receives last.pt (everything needed to resume), best.pt (the averaged weights that did best on the
validation photos at the largest size so far) and log.csv.
"""

import argparse
import copy
import csv
import math
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Read when a process starts. glibc returns large blocks to the kernel on every free and faults them in again:
# training then spends a fifth of its time clearing pages. Operators run on one thread each, because those that
# share an operator wait actively for each other, which costs half the time when anything else is running.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "268435456",
}
if __name__ == "__main__" and any(os.environ.get(key) != value for key, value in ENVIRONMENT.items()):
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **ENVIRONMENT})

import torch
import torch.nn.functional as F
from tqdm import tqdm

from cats_vs_dogs import photos
from cats_vs_dogs.network import TrainingNet

WARM_UP = 500
"""Steps until the learning rate reaches its cosine."""

AVERAGING = 0.996
"""What the averaged weights keep of themselves at each step."""


def source_size(size):
    """Photos are stored a little larger than the network sees them, so that crops are seldom magnified."""
    return round(size * 160 / 150)


def augment(batch, size, generator, area):
    """Random views of uint8 N x 3 x S x S photos: float32 N x 3 x size x size in 0..1.

    One affine sampling flips, crops between `area` and 1 of the surface with an aspect ratio of 3:5 to 5:3
    (visitors' photos are squashed from any shape), and rotates by up to 12 degrees, reflecting at the border. One
    colour matrix a photo varies saturation (now and then to grey), contrast, brightness and white balance.
    """
    n = len(batch)

    def uniform(low, high, *shape):
        return torch.rand(n, *shape, generator=generator) * (high - low) + low

    surface = uniform(area, 1.0)
    ratio = torch.exp(uniform(-1, 1) * math.log(5 / 3)) ** 0.5
    width = (surface.sqrt() * ratio).clamp(max=1)
    height = (surface.sqrt() / ratio).clamp(max=1)
    left = (1 - width) * uniform(-1, 1)
    top = (1 - height) * uniform(-1, 1)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    angle = uniform(-1, 1) * math.radians(12) * (uniform(0, 1) < 0.5)
    cos, sin = angle.cos(), angle.sin()
    affine = torch.stack(
        [
            torch.stack([cos * width * flip, -sin * height, left], 1),
            torch.stack([sin * width * flip, cos * height, top], 1),
        ],
        1,
    )
    grid = F.affine_grid(affine, (n, 3, size, size), align_corners=False)
    views = F.grid_sample(batch.float(), grid, padding_mode="reflection", align_corners=False)
    views = views.view(n, 3, -1) / 255

    saturation = torch.where(uniform(0, 1) < 0.05, torch.zeros(()), uniform(0.6, 1.4))[:, None, None]
    contrast = uniform(0.7, 1.3)[:, None, None]
    gain = uniform(0.75, 1.25)[:, None, None] * uniform(0.93, 1.07, 3)[:, :, None]
    grey = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
    matrix = gain * contrast * (saturation * torch.eye(3) + (1 - saturation) * grey)
    offset = gain * (1 - contrast) * views.mean((1, 2), keepdim=True)
    views = torch.baddbmm(offset.expand(n, 3, 1), matrix, views).clamp_(0, 1)
    return views.view(n, 3, size, size).contiguous(memory_format=torch.channels_last)


def backward(net, images, labels, size, area, smoothing, generator):
    """Adds the loss's gradients for augmented photos to net's; returns (loss, photos told right)."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(augment(images, size, generator, area), generator)
    logits = logits.float()
    loss = F.binary_cross_entropy_with_logits(logits, labels * (1 - smoothing) + smoothing / 2)
    loss.backward()
    return loss.item(), ((logits > 0) == (labels > 0.5)).sum().item()


def replica(net):
    """A copy with gradients and statistics of its own, but net's weights."""
    twin = copy.deepcopy(net)
    for own, shared in zip(twin.parameters(), net.parameters()):
        own.data = shared.data
    return twin


@torch.no_grad()
def gather(replicas):
    """Averages the replicas' gradients into the first one's, and their statistics into all."""
    for tensors in zip(*(net.parameters() for net in replicas)):
        if tensors[0].requires_grad:
            for tensor in tensors[1:]:
                tensors[0].grad.add_(tensor.grad)
                tensor.grad = None
            tensors[0].grad.div_(len(replicas))
    for tensors in zip(*(net.buffers() for net in replicas)):
        if tensors[0].is_floating_point():
            mean = torch.stack(tensors).mean(0)
            for tensor in tensors:
                tensor.copy_(mean)


def evaluate(net, images, labels, pool):
    """(accuracy, cross entropy) of uint8 photos at the size they have, without augmentation."""

    def infer(part):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            return net((part.float() / 255).contiguous(memory_format=torch.channels_last)).float()

    net.eval()
    logits = torch.cat(list(pool.map(infer, images.split(64))))
    accuracy = ((logits > 0) == (labels > 0.5)).float().mean().item()
    return accuracy, F.binary_cross_entropy_with_logits(logits, labels).item()


@torch.no_grad()
def average(ema, net, decay):
    """Moves every averaged weight and statistic towards the trained one."""
    for kept, new in zip(ema.state_dict().values(), net.state_dict().values()):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - decay)


def stages(text):
    """'94:2,150:1' to [94, 94, 150]: the picture size of every epoch."""
    pairs = [[int(part) for part in stage.split(":")] for stage in text.split(",")]
    return [size for size, count in pairs for _ in range(count)]


def save(value, path):
    """Writes beside the file, then renames, so that an interruption leaves the old checkpoint whole."""
    torch.save(value, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of train.zip and validation.zip")
    parser.add_argument("out", type=Path, help="folder for checkpoints, the log and decoded photos")
    parser.add_argument("--stages", type=stages, default="94:15,126:4,150:2", help="SIZE:EPOCHS,... (%(default)s)")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="peak learning rate (%(default)s)")
    parser.add_argument("--decay", type=float, default=0.05, help="weight decay (%(default)s)")
    parser.add_argument("--smoothing", type=float, default=0.05, help="label smoothing (%(default)s)")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--replicas", type=int, default=2, help="threads that share a batch (%(default)s)")
    parser.add_argument("--patience", type=int, default=4, help="end after so many epochs of the last size in vain")
    parser.add_argument("--seed", type=int, default=54)
    return parser.parse_args()


def train_epoch(args, state, replicas, ema, optimizer, generators, pool, images, labels):
    """Trains the replicas on all photos once and moves `ema`; returns (loss, accuracy, last learning rate)."""
    sizes, epoch = args.stages, state["epoch"]
    size = sizes[epoch]
    order = torch.randperm(len(images), generator=generators[0]).split(args.batch)
    order = order[:-1] if len(order[-1]) < args.batch else order
    for net in replicas:
        net.train()
    loss_sum, hits = 0.0, 0
    for index, chosen in enumerate(tqdm(order, f"{epoch + 1}/{len(sizes)} at {size}", mininterval=10)):
        # Progress along the schedule counts pixels, which is what time goes by.
        pixels = sum(s * s for s in sizes[:epoch]) + size * size * index / len(order)
        progress = pixels / sum(s * s for s in sizes)
        rate = args.rate * 0.5 * (1 + math.cos(math.pi * progress)) * min(1, (state["step"] + 1) / WARM_UP)
        for group in optimizer.param_groups:
            group["lr"] = rate
        area = 0.35 if progress < 0.8 else 0.5

        def work(net, part, generator):
            return backward(net, images[part], labels[part], size, area, args.smoothing, generator)

        results = list(pool.map(work, replicas, chosen.chunk(len(replicas)), generators))
        gather(replicas)
        optimizer.step()
        optimizer.zero_grad()
        state["step"] += 1
        average(ema, replicas[0], min(AVERAGING, 1 - 1 / (state["step"] + 1)))
        loss_sum += sum(loss for loss, _ in results) / len(results)
        hits += sum(right for _, right in results)
    return loss_sum / len(order), hits / len(order) / args.batch, rate


def log(path, row):
    """Appends a row to a CSV file, with a heading if it is new, and prints it."""
    fresh = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if fresh:
            writer.writeheader()
        writer.writerow(row)
    print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def main():
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    last, best, cache = args.out / "last.pt", args.out / "best.pt", args.out / "photos"
    torch.manual_seed(args.seed)
    generators = [torch.Generator().manual_seed(args.seed + index) for index in range(args.replicas)]
    pool = ThreadPoolExecutor(args.replicas)

    net = TrainingNet().to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net).requires_grad_(False)
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": args.decay},
            {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
        ],
        lr=args.rate,
        fused=True,
    )
    state = {"epoch": 0, "step": 0, "best": (0, 0.0), "stale": 0}
    if last.exists():
        saved = torch.load(last)
        net.load_state_dict(saved["net"])
        ema.load_state_dict(saved["ema"])
        optimizer.load_state_dict(saved["optimizer"])
        for generator, saved_generator in zip(generators, saved["generators"], strict=True):
            generator.set_state(saved_generator)
        state = saved["state"]
    replicas = [net, *(replica(net) for _ in generators[1:])]

    size = None
    while state["epoch"] < len(args.stages):
        if size == args.stages[-1] and state["stale"] >= args.patience:
            break
        began = time.monotonic()
        if args.stages[state["epoch"]] != size:
            size = args.stages[state["epoch"]]
            images, labels = map(torch.from_numpy, photos.load(args.data, "train", source_size(size), cache))
            held, held_labels = map(torch.from_numpy, photos.load(args.data, "validation", size, cache))
        loss, training_accuracy, rate = train_epoch(
            args, state, replicas, ema, optimizer, generators, pool, images, labels
        )
        accuracy, held_loss = evaluate(ema, held, held_labels, pool)
        state["epoch"] += 1
        if (size, accuracy) > tuple(state["best"]):
            state["best"], state["stale"] = (size, accuracy), 0
            save({"net": ema.state_dict(), "size": size, "accuracy": accuracy}, best)
        else:
            state["stale"] += 1
        save(
            {
                "net": net.state_dict(),
                "ema": ema.state_dict(),
                "optimizer": optimizer.state_dict(),
                "generators": [generator.get_state() for generator in generators],
                "state": state,
            },
            last,
        )
        row = {
            "epoch": state["epoch"],
            "size": size,
            "rate": f"{rate:.2e}",
            "training loss": f"{loss:.4f}",
            "training accuracy": f"{training_accuracy:.4f}",
            "validation loss": f"{held_loss:.4f}",
            "validation accuracy": f"{accuracy:.4f}",
            "seconds": f"{time.monotonic() - began:.0f}",
        }
        log(args.out / "log.csv", row)


if __name__ == "__main__":
    main()
