"""The nets of bench:train in PyTorch, on one thread, with the same recipe: a peer to compare with.

Reads MNIST's IDX files, trains, and prints one JSON line with seconds, CPU seconds, milliseconds of CPU a
step (augmentation included) and the accuracy on training samples 50000..59999, which are never trained on.

    python3 bench/peers/torch_train.py --mnist data/mnist --net cnn --epochs 20
"""
import argparse, gzip, json, math, os, time

import torch
from torch import nn
from torch.nn import functional as F


def read_idx(path):
    opener = gzip.open if path.endswith('.gz') else open
    with opener(path, 'rb') as file:
        data = file.read()
    dims = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], 'big') for i in range(data[3])]
    return torch.frombuffer(bytearray(data[4 + 4 * data[3]:]), dtype=torch.uint8).reshape(dims)


def load_mnist(folder):
    def find(name):
        return next(p for p in (os.path.join(folder, name), os.path.join(folder, name + '.gz')) if os.path.exists(p))
    images = read_idx(find('train-images-idx3-ubyte')).float().div(255).unsqueeze(1)
    return images, read_idx(find('train-labels-idx1-ubyte')).long()


def cnn(filters, dropout, units):
    a, b = filters
    def block(i, o):
        return [nn.Conv2d(i, o, 3, bias=False), nn.BatchNorm2d(o, eps=1e-3, momentum=0.1), nn.ReLU()]
    return nn.Sequential(
        *block(1, a), *block(a, a), nn.MaxPool2d(2), *block(a, b), *block(b, b), nn.MaxPool2d(2),
        nn.Dropout(dropout), nn.Flatten(), nn.Linear(16 * b, units, bias=False),
        nn.BatchNorm1d(units, eps=1e-3, momentum=0.1), nn.ReLU(), nn.Linear(units, 10))


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(28, 128, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(128, 10))

    def forward(self, x):
        return self.head(self.gru(x.squeeze(1))[0][:, -1])


NETS = {
    'dense': lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)),
    'cnn': lambda: cnn((16, 32), 0.2, 128),
    'cnn-large': lambda: cnn((32, 64), 0.3, 128),
    'gru': Gru,
}


def spline_basis(size=28, knots=6):
    basis = torch.zeros(size, knots)
    for x in range(size):
        t = x / (size - 1) * (knots - 3)
        k = min(int(t), knots - 4)
        u = t - k
        weights = [(1 - u) ** 3, 3 * u ** 3 - 6 * u ** 2 + 4, -3 * u ** 3 + 3 * u ** 2 + 3 * u + 1, u ** 3]
        for j, w in enumerate(weights):
            basis[x, k + j] = w / 6
    return basis


BASIS = spline_basis()


def augment(x, rotation=15, shear=0.2, zoom=1.15, shift=2, elastic=1.5, thick=0.7):
    n, c = x.shape[0], 13.5
    def uniform(bound):
        return (torch.rand(n, 1, 1) * 2 - 1) * bound
    theta, sh = uniform(math.radians(rotation)), uniform(shear)
    ix, iy = torch.exp(-uniform(math.log(zoom))), torch.exp(-uniform(math.log(zoom)))
    tx, ty = uniform(shift), uniform(shift)
    field = BASIS @ (torch.randn(2, n, 6, 6) * elastic) @ BASIS.T
    ys, xs = torch.meshgrid(torch.arange(28.), torch.arange(28.), indexing='ij')
    v = (ys - c) * iy
    u = (xs - c) * ix + sh * v
    px = torch.cos(theta) * u - torch.sin(theta) * v + tx + field[0] + c
    py = torch.sin(theta) * u + torch.cos(theta) * v + ty + field[1] + c
    grid = torch.stack([px / 27 * 2 - 1, py / 27 * 2 - 1], -1)
    out = F.grid_sample(x, grid, align_corners=True)
    padded = F.pad(out, (1, 1, 1, 1))
    cross = torch.stack([padded[:, :, 1:-1, 1:-1], padded[:, :, :-2, 1:-1], padded[:, :, 2:, 1:-1],
                         padded[:, :, 1:-1, :-2], padded[:, :, 1:-1, 2:]])
    w = uniform(thick).unsqueeze(1)
    return torch.where(w > 0, out + w * (cross.amax(0) - out), out + w * (out - cross.amin(0)))


def one_cycle(t, peak):
    if t < 0.3:
        return peak / 25 + (peak - peak / 25) * t / 0.3
    return peak / 2 * (1 + math.cos(math.pi * (t - 0.3) / 0.7)) + 1e-4 * peak


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument('--mnist', required=True)
    arguments.add_argument('--net', choices=NETS, default='cnn')
    arguments.add_argument('--epochs', type=int, default=20)
    arguments.add_argument('--limit', type=int, default=1000)
    arguments.add_argument('--batch', type=int, default=50)
    arguments.add_argument('--rate', type=float, default=6e-3)
    arguments.add_argument('--smoothing', type=float, default=0.1)
    arguments.add_argument('--plain', action='store_true', help='no augmentation, constant rate (the founding example)')
    arguments.add_argument('--seed', type=int, default=1)
    a = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    images, labels = load_mnist(a.mnist)
    x, y = images[:a.limit], labels[:a.limit]
    net = NETS[a.net]()
    optimizer = torch.optim.Adam(net.parameters(), lr=a.rate)
    per_epoch = math.ceil(len(x) / a.batch)
    wall, cpu, steps = time.perf_counter(), time.process_time(), 0
    net.train()
    for _ in range(a.epochs):
        order = torch.randperm(len(x))
        for start in range(0, len(x), a.batch):
            picked = order[start:start + a.batch]
            batch = x[picked]
            if not a.plain:
                batch = augment(batch)
                optimizer.param_groups[0]['lr'] = one_cycle(steps / (a.epochs * per_epoch), a.rate)
            optimizer.zero_grad()
            F.cross_entropy(net(batch), y[picked], label_smoothing=a.smoothing).backward()
            optimizer.step()
            steps += 1
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    net.eval()
    with torch.no_grad():
        right = sum((net(images[i:i + 1000]).argmax(1) == labels[i:i + 1000]).sum().item() for i in range(50000, 60000, 1000))
    print(json.dumps({'engine': f'PyTorch {torch.__version__}', 'net': a.net, 'epochs': a.epochs, 'examples': len(x),
                      'steps': steps, 'seconds': wall, 'cpuSeconds': cpu, 'stepMs': cpu / steps * 1000,
                      'accuracy': right / 10000}))


main()
