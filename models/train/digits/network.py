"""The digit convnet, as it is trained and as it is shipped.

Shipped (`ConvNet`): two pairs of 3x3 convolutions with bias and ReLU, a 2x2 max pooling after each pair, and two dense
layers: 117,434 parameters, 28x28 grey of 0 to 1 in, white on black, 10 logits out.

Trained (`TrainingNet`): the same with a batch normalisation between each convolution and its ReLU, which `fold` moves
into the convolution.
"""

import torch
import torch.nn.functional as F
from torch import nn

CONVOLUTIONS = {"conv1": (1, 16), "conv2": (16, 16), "conv3": (16, 32), "conv4": (32, 32)}
"""Channels in and out by name."""

POOLINGS = {"conv2": "pool1", "conv4": "pool2"}
"""The pooling after a convolution."""

FEATURES = 32 * 7 * 7
HIDDEN = 64
CLASSES = 10


class ConvNet(nn.Module):
    """N x 1 x 28 x 28, values 0..1, to N x 10 logits."""

    def __init__(self):
        super().__init__()
        for name, (inputs, outputs) in CONVOLUTIONS.items():
            self.add_module(name, nn.Conv2d(inputs, outputs, 3, padding=1))
        self.dense1 = nn.Linear(FEATURES, HIDDEN)
        self.dense2 = nn.Linear(HIDDEN, CLASSES)

    def normalized(self, name, x):
        """What the convolution `name` computes before its ReLU."""
        return self.get_submodule(name)(x)

    def forward(self, x):
        for name in CONVOLUTIONS:
            x = F.relu(self.normalized(name, x))
            if name in POOLINGS:
                x = F.max_pool2d(x, 2)
        x = F.dropout(x.flatten(1), 0.5, self.training)
        return self.dense2(F.relu(self.dense1(x)))


class TrainingNet(ConvNet):
    """The same with batch normalisation."""

    def __init__(self):
        super().__init__()
        self.normalizations = nn.ModuleDict({name: nn.BatchNorm2d(n) for name, (_, n) in CONVOLUTIONS.items()})

    def normalized(self, name, x):
        return self.normalizations[name](super().normalized(name, x))


@torch.no_grad()
def fold(trained):
    """The ConvNet that computes what `trained` (a TrainingNet) computes in evaluation mode."""
    net = ConvNet()
    net.load_state_dict(trained.state_dict(), strict=False)
    for name, normalization in trained.normalizations.items():
        convolution = net.get_submodule(name)
        gain = normalization.weight.double() / (normalization.running_var.double() + normalization.eps).sqrt()
        bias = (convolution.bias.double() - normalization.running_mean.double()) * gain + normalization.bias.double()
        convolution.weight.copy_(convolution.weight.double() * gain[:, None, None, None])
        convolution.bias.copy_(bias)
    return net.eval()
