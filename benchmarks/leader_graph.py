"""LEADER's graph written anew: the same function of the same weights, in fewer passes over memory.

    python -m benchmarks.leader_graph ORIGINAL.onnx REWRITTEN.onnx

The original is the file of the package `afis` 1.2.7 (`ORIGINAL_SHA256`); what this writes is the file that
Moiety carries, byte for byte. Needs the `bench` lock. The converter had spelt every activation and every
normalisation out: of the time that a print takes, two thirds went into adding and multiplying whole maps, not
into convolutions (docs/decisions/0069).

1. GELU by its tanh formula, eight nodes, becomes one `FastGelu` of the same formula.
2. Layer normalisation over the channels, twelve nodes, becomes one `LayerNormalization`, channels last.
3. Where two convolutions of one pixel follow it, with a GELU between them, they become products of matrices
   there, without turning the map back in between.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import onnx
from onnx import helper, numpy_helper

ORIGINAL_SHA256 = "da96e1221eea4afdf153997d6c4854ed306c146cfac76046e66cdecc14b2a1bb"
CONTRIBUTED = "com.microsoft"
Node = Any  # onnx has no types


class Graph:
    """A graph, with what makes each value and what uses it; nodes can be replaced in place."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.nodes: list[Node] = list(graph.node)
        self.known = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self.maker = {name: node for node in self.nodes for name in node.output}
        self.users: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            for name in node.input:
                self.users[name].append(node)
        self._instead: dict[str, list[Node]] = {}

    def number(self, name: str) -> float | None:
        """The value of a constant of one number."""
        held = self.known.get(name)
        return float(held.ravel()[0]) if held is not None and held.size == 1 else None

    def constant(self, name: str, values: Any) -> str:
        """Add a constant."""
        self.graph.initializer.append(numpy_helper.from_array(values.copy(), name))
        return name

    def replace(self, node: Node, *instead: Node) -> None:
        """Put other nodes in a node's place; they make its first output."""
        self._instead[node.output[0]] = list(instead)

    def write(self) -> None:
        """Carry out what was replaced, and leave out what nobody uses any more."""
        nodes = [new for node in self.nodes for new in self._instead.get(node.output[0], [node])]
        needed = {one.name for one in self.graph.output}
        kept: list[Node] = []
        for node in reversed(nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        held = [one for one in self.graph.initializer if one.name in needed]
        del self.graph.node[:], self.graph.initializer[:]
        self.graph.node.extend(reversed(kept))
        self.graph.initializer.extend(held)


def fuse_activations(graph: Graph) -> int:
    """0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) to one node each; how many there were."""
    count = 0
    for tanh in (node for node in graph.nodes if node.op_type == "Tanh"):
        scaled = graph.maker[tanh.input[0]]
        factors = [number for name in scaled.input if (number := graph.number(name)) is not None]
        assert math.isclose(factors[0], math.sqrt(2 / math.pi), abs_tol=1e-6), tanh.name
        inner = next(name for name in scaled.input if graph.number(name) is None)
        value = next(name for name in graph.maker[inner].input if not _is_cube(graph, name))
        last = graph.users[graph.users[tanh.output[0]][0].output[0]][0]
        halved = [one for name in last.input if value in (one := graph.maker[name]).input]
        assert last.op_type == "Mul" and any(graph.number(name) == 0.5 for name in halved[0].input), tanh.name
        name = tanh.name.removesuffix("/Tanh")
        graph.replace(last, helper.make_node("FastGelu", [value], [last.output[0]], name, domain=CONTRIBUTED))
        count += 1
    return count


def _is_cube(graph: Graph, name: str) -> bool:
    """Whether a value is 0.044715 x^3, perhaps turned round meanwhile."""
    node = graph.maker.get(name)
    while node is not None and node.op_type == "Transpose":
        node = graph.maker.get(node.input[0])
    numbers = [] if node is None else [graph.number(one) for one in node.input]
    return any(one is not None and math.isclose(one, 0.044715, abs_tol=1e-6) for one in numbers)


def fuse_normalisations(graph: Graph) -> int:
    """Mean, variance, scale and shift to one node each, channels last; how many there were."""
    count = 0
    for root in (node for node in graph.nodes if node.op_type == "Sqrt"):
        base = root.name.rpartition("/")[0]
        parts = {
            node.name.removeprefix(f"{base}/"): node
            for node in graph.nodes
            if node.name.startswith(f"{base}/")
        }
        mean = next(node for name, node in parts.items() if name.startswith("moments/mean"))
        scale, shift = (_constant_of(graph, parts[name]).reshape(-1) for name in ("mul", "add_1"))
        last, name = parts["add_2"], f"{base}/fused"
        given = [f"{name}_in", graph.constant(f"{name}_scale", scale), graph.constant(f"{name}_shift", shift)]
        epsilon = float(_constant_of(graph, parts["add"]).ravel()[0])
        graph.replace(
            last,
            helper.make_node("Transpose", [mean.input[0]], [given[0]], f"{name}_last", perm=[0, 2, 3, 1]),
            helper.make_node("LayerNormalization", given, [f"{name}_out"], name, axis=-1, epsilon=epsilon),
            helper.make_node(
                "Transpose", [f"{name}_out"], [last.output[0]], f"{name}_first", perm=[0, 3, 1, 2]
            ),
        )
        count += 1
    return count


def _constant_of(graph: Graph, node: Node) -> Any:
    return next(graph.known[name] for name in node.input if name in graph.known)


def multiply_channels_last(graph: Graph) -> int:
    """Normalise, widen, activate, narrow, all with the channels last; how many such blocks there were."""
    count = 0
    for turned in (node for node in graph.nodes if node.name.endswith("/fused_first")):
        wide = _only_user(graph, turned, "Conv")
        active = (
            None if wide is None or not _is_pointwise(graph, wide) else _only_user(graph, wide, "FastGelu")
        )
        narrow = None if active is None else _only_user(graph, active, "Conv")
        if wide is None or narrow is None or not _is_pointwise(graph, narrow):
            continue
        name = wide.name
        first, second = _weights(graph, wide), _weights(graph, narrow)
        graph.replace(
            narrow,
            helper.make_node("MatMul", [turned.input[0], first[0]], [f"{name}_wide"], f"{name}_wide"),
            helper.make_node(
                "FastGelu",
                [f"{name}_wide", first[1]],
                [f"{name}_active"],
                f"{name}_active",
                domain=CONTRIBUTED,
            ),
            helper.make_node("MatMul", [f"{name}_active", second[0]], [f"{name}_narrow"], f"{name}_narrow"),
            helper.make_node("Add", [f"{name}_narrow", second[1]], [f"{name}_done"], f"{name}_done"),
            helper.make_node(
                "Transpose", [f"{name}_done"], [narrow.output[0]], f"{name}_turned", perm=[0, 3, 1, 2]
            ),
        )
        count += 1
    return count


def _only_user(graph: Graph, node: Node, kind: str) -> Node | None:
    users = graph.users[node.output[0]]
    return users[0] if len(users) == 1 and users[0].op_type == kind else None


def _is_pointwise(graph: Graph, node: Node) -> bool:
    groups = {one.name: one.i for one in node.attribute}.get("group", 1)
    return len(node.input) == 3 and groups == 1 and graph.known[node.input[1]].shape[2:] == (1, 1)


def _weights(graph: Graph, node: Node) -> tuple[str, str]:
    matrix = graph.known[node.input[1]][:, :, 0, 0].T
    return graph.constant(f"{node.name}_matrix", matrix), node.input[2]


def rewrite(data: bytes) -> bytes:
    """The rewritten file."""
    model = onnx.load_model_from_string(data)
    counts = []
    for step in (fuse_activations, fuse_normalisations, multiply_channels_last):
        graph = Graph(model.graph)
        counts.append(step(graph))
        graph.write()
    print("activations, normalisations, blocks:", *counts)
    model.opset_import.append(helper.make_opsetid(CONTRIBUTED, 1))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def main() -> None:
    """Read, check, rewrite, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("original", type=Path)
    parser.add_argument("rewritten", type=Path)
    given = parser.parse_args()
    data = given.original.read_bytes()
    if hashlib.sha256(data).hexdigest() != ORIGINAL_SHA256:
        raise SystemExit("That is not the file of afis 1.2.7.")
    done = rewrite(data)
    given.rewritten.write_bytes(done)
    print(f"{len(data):,} bytes became {len(done):,}, SHA-256 {hashlib.sha256(done).hexdigest()}")


if __name__ == "__main__":
    main()
