"""The convnet, as it is trained and as it is shipped.

Shipped (`ConvNet`): four 3x3 valid convolutions with bias and ReLU, a 2x2 max pooling after each, and two
dense layers: 3,453,121 parameters, 150x150 RGB in 0..1 in, P(dog) out.

Trained (`TrainingNet`): the same function with batch normalisation inside. A block is convolution, max pooling,
batch normalisation with its gain fixed at 1, ReLU. Both ReLU and a batch normalisation of positive gain are
increasing, channel by channel, so they commute with max pooling: the block equals convolution with bias, ReLU,
max pooling, and normalises a quarter of the values. `fold` computes that convolution.
"""

import torch
import torch.nn.functional as F
from torch import nn

SIZE = 150
CHANNELS = (3, 32, 64, 128, 128)
MAP = 7
"""Height and width of the last pooling's output for a picture of SIZE."""

MEAN, STD = 0.45, 0.25
"""Training centres and scales the pixels (0..1); `fold` moves this into the first convolution."""

CONVOLUTIONS = ("conv2d_4", "conv2d_5", "conv2d_6", "conv2d_7")
POOLINGS = ("max_pooling2d_4", "max_pooling2d_5", "max_pooling2d_6", "max_pooling2d_7")

DENSE_DIVISOR = 16
"""What `fold` divides `dense` by; it multiplies `dense_1`'s weights to match. ReLU commutes with positive factors and
a power of two is exact, so the prediction stays the same to the bit. The values of `dense` come into the range of the
other layers', and the error of float16 weights with them."""


class Block(nn.Module):
    """Convolution, max pooling, batch normalisation, ReLU: N x inputs x H x W to N x outputs x (H-2)//2 x (W-2)//2."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, bias=False)
        self.normalization = nn.BatchNorm2d(outputs)
        self.normalization.weight.requires_grad_(False)

    def forward(self, x):
        return F.relu(self.normalization(F.max_pool2d(self.convolution(x), 2)))


class TrainingNet(nn.Module):
    """N x 3 x H x W, values 0..1, to N logits of P(dog). Other sizes than SIZE have their last maps interpolated to
    MAP x MAP, so that one dense head serves every size. Half of the last maps' values drop out, drawn from
    `generator`, where one is given."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*(Block(i, o) for i, o in zip(CHANNELS, CHANNELS[1:])))
        self.dense = nn.Linear(CHANNELS[-1] * MAP * MAP, 512)
        self.dense_1 = nn.Linear(512, 1)
        for block in self.blocks:
            nn.init.kaiming_normal_(block.convolution.weight, nonlinearity="relu")
        nn.init.kaiming_normal_(self.dense.weight, nonlinearity="relu")
        nn.init.zeros_(self.dense.bias)

    def forward(self, x, generator=None):
        x = self.blocks((x - MEAN) / STD)
        if x.shape[-1] != MAP:
            x = F.interpolate(x, (MAP, MAP), mode="bilinear")
        x = x.flatten(1)
        if generator:
            x = x * (torch.rand(x.shape, generator=generator) < 0.5) * 2
        x = F.relu(self.dense(x))
        return self.dense_1(x).squeeze(1)


class ConvNet(nn.Module):
    """N x 3 x 150 x 150, values 0..1, to N logits of P(dog): the shipped network in float32."""

    def __init__(self):
        super().__init__()
        for name, inputs, outputs in zip(CONVOLUTIONS, CHANNELS, CHANNELS[1:]):
            self.add_module(name, nn.Conv2d(inputs, outputs, 3))
        self.dense = nn.Linear(CHANNELS[-1] * MAP * MAP, 512)
        self.dense_1 = nn.Linear(512, 1)

    def forward(self, x):
        return self.activations(x)["dense_1_preactivation"].squeeze(1)

    def activations(self, x):
        """Every node's output, by name, in graph order."""
        out = {}
        for convolution, pooling in zip(CONVOLUTIONS, POOLINGS):
            out[convolution + "_preactivation"] = x = self.get_submodule(convolution)(x)
            out[convolution] = x = F.relu(x)
            out[pooling] = x = F.max_pool2d(x, 2)
        out["flatten"] = x = x.flatten(1)
        out["dense_preactivation"] = x = self.dense(x)
        out["dense"] = x = F.relu(x)
        out["dense_1_preactivation"] = x = self.dense_1(x)
        out["dense_1"] = torch.sigmoid(x)
        return out


@torch.no_grad()
def fold(trained):
    """The ConvNet that predicts what `trained` (a TrainingNet) predicts in evaluation mode at SIZE."""
    net = ConvNet()
    for index, (name, block) in enumerate(zip(CONVOLUTIONS, trained.blocks)):
        normalization = block.normalization
        gain = normalization.weight.double() / (normalization.running_var.double() + normalization.eps).sqrt()
        weight = block.convolution.weight.double() * gain[:, None, None, None]
        bias = normalization.bias.double() - normalization.running_mean.double() * gain
        if index == 0:
            weight = weight / STD
            bias = bias - weight.sum((1, 2, 3)) * MEAN
        convolution = net.get_submodule(name)
        convolution.weight.copy_(weight)
        convolution.bias.copy_(bias)
    for name in ("dense", "dense_1"):
        net.get_submodule(name).load_state_dict(trained.get_submodule(name).state_dict())
    net.dense.weight.div_(DENSE_DIVISOR)
    net.dense.bias.div_(DENSE_DIVISOR)
    net.dense_1.weight.mul_(DENSE_DIVISOR)
    return net.eval()
