//! Layers: what a person sees as one, be it one node or several.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Model, Node, Outlet};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A layer, known by the output that is its last.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layer {
    /// Name of its output.
    pub output: String,
    /// Name of the node that makes it.
    pub node: String,
    /// Its nodes in graph order, as indices into the model's. The last one makes the output.
    pub nodes: Vec<usize>,
    /// The layer's operators in order, such as `Conv + Relu`.
    pub op: String,
    /// Shape of the output; none for a dimension that only a pass determines.
    pub shape: Vec<Option<usize>>,
}

/// Operators that finish a layer begun by another, given only what that layer computes: activation functions,
/// normalisations, and the arithmetic that these and biases are written in.
const FINISHING: &[&str] = &[
    "Add",
    "BatchNormalization",
    "Celu",
    "Clip",
    "Div",
    "Elu",
    "Erf",
    "Gelu",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "InstanceNormalization",
    "LRN",
    "LayerNormalization",
    "LeakyRelu",
    "LogSoftmax",
    "Mish",
    "Mul",
    "PRelu",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Sub",
    "Tanh",
    "ThresholdedRelu",
];

/// Operators that show nothing new: they pass values on, or compute shapes.
const PLUMBING: &[&str] = &[
    "Cast",
    "ConstantOfShape",
    "DequantizeLinear",
    "Dropout",
    "Flatten",
    "Gather",
    "Identity",
    "QuantizeLinear",
    "Reshape",
    "Shape",
    "Size",
    "Slice",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

/// Most nodes between one whose value leaves the chain and the next that the chain may end with: more than activation
/// functions take that are written in arithmetic.
const LONGEST_DETOUR: usize = 16;

/// The layers named by their `outputs`, in that order. Each begins after the one before it in the graph.
///
/// # Errors
/// [`ErrorKind::Manifest`] if the model has no node output of such a name.
pub fn named(model: &Model, outputs: &[String]) -> Result<Vec<Layer>> {
    let outlets = outputs.iter().map(|output| {
        model.outlet_id(output).map_err(|_| {
            Error::new(
                ErrorKind::Manifest,
                format!("the manifest names the layer '{output}', but the model has no node output of that name"),
            )
        })
    });
    let outlets: Vec<usize> = outlets.collect::<Result<_>>()?;
    let ends = outlets.iter().map(|&outlet| model.outlets()[outlet].node).collect();
    let chains = chains(model.nodes(), model.outlets(), &ends);
    let layers = outlets.into_iter().map(|outlet| {
        let node = model.outlets()[outlet].node;
        let chain = chains.iter().find(|chain| chain.last() == Some(&node));
        layer(model, chain.cloned().unwrap_or_else(|| vec![node]), outlet)
    });
    Ok(layers.collect())
}

/// The layers that the graph suggests: every node whose operator does more than pass values on, together with the
/// nodes after it that only finish what it has begun.
#[must_use]
pub fn suggested(model: &Model) -> Vec<Layer> {
    let nodes = model.nodes();
    let chains = chains(nodes, model.outlets(), &HashSet::new()).into_iter();
    let shown = chains.filter(|chain| !chain.iter().any(|&node| is_plumbing(&nodes[node].op)));
    let layers = shown.filter_map(|chain| {
        let outlet = nodes[*chain.last()?].outlets.start;
        Some(layer(model, chain, outlet))
    });
    layers.collect()
}

fn is_plumbing(op: &str) -> bool {
    PLUMBING.contains(&op)
}

/// The model's nodes, each in one chain: one that begins a layer, then those that finish it. Nobody else reads what a
/// chain's nodes compute, except its last one. A chain ends with the first of the nodes `ends` with which it can.
fn chains(nodes: &[Node], outlets: &[Outlet], ends: &HashSet<usize>) -> Vec<Vec<usize>> {
    let producers: HashMap<&str, usize> =
        outlets.iter().map(|outlet| (outlet.info.name.as_str(), outlet.node)).collect();
    // By node: those whose values it reads, and those that read its values.
    let sources: Vec<Option<BTreeSet<usize>>> = nodes
        .iter()
        .map(|node| node.inputs.iter().map(|input| producers.get(input.as_str()).copied()).collect())
        .collect();
    let mut readers = vec![BTreeSet::new(); nodes.len()];
    for (reader, node) in nodes.iter().enumerate() {
        for source in node.inputs.iter().filter_map(|input| producers.get(input.as_str())) {
            readers[*source].insert(reader);
        }
    }

    let mut taken = vec![false; nodes.len()];
    let mut chains = Vec::new();
    for (head, node) in nodes.iter().enumerate() {
        if taken[head] {
            continue;
        }
        let mut members = vec![head];
        let mut inside = BTreeSet::from([head]);
        let mut len = 1;
        // How many readers outside of the chain its nodes have in all, and its last one.
        let mut outside = readers[head].len();
        let mut outside_of_last = outside;
        let mut waiting = if is_plumbing(&node.op) { BTreeSet::new() } else { readers[head].clone() };
        while let Some(next) = waiting.pop_first() {
            if outside == outside_of_last {
                len = members.len();
                if members.last().is_some_and(|last| ends.contains(last)) {
                    break;
                }
            }
            let Some(sources) = &sources[next] else { continue };
            let is_finishing = FINISHING.contains(&nodes[next].op.as_str()) && nodes[next].outlets.len() == 1;
            if taken[next] || !is_finishing || !sources.is_subset(&inside) {
                continue;
            }
            if members.len() == len + LONGEST_DETOUR {
                break;
            }
            members.push(next);
            inside.insert(next);
            outside_of_last = readers[next].len();
            outside = outside + outside_of_last - sources.len();
            waiting.extend(&readers[next]);
        }
        if outside == outside_of_last {
            len = members.len();
        }
        members.truncate(len);
        for &member in &members {
            taken[member] = true;
        }
        chains.push(members);
    }
    chains
}

fn layer(model: &Model, nodes: Vec<usize>, outlet: usize) -> Layer {
    let outlet = &model.outlets()[outlet];
    let ops: Vec<_> = nodes.iter().map(|&node| model.nodes()[node].op.as_str()).collect();
    Layer {
        output: outlet.info.name.clone(),
        node: model.nodes()[outlet.node].name.clone(),
        op: ops.join(" + "),
        nodes,
        shape: outlet.info.shape.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature_map::ChannelAxis;
    use crate::model::ValueInfo;

    /// Checks the chains of nodes given as operator and inputs. `x` is the graph's input; nodes compute `0`, `1` and so on.
    #[track_caller]
    fn check(graph: &[(&str, &[&str])], ends: &[usize], expected: &[&[usize]]) {
        let node = |(index, &(op, inputs)): (usize, &(&str, &[&str]))| Node {
            name: String::new(),
            op: op.to_owned(),
            inputs: inputs.iter().map(|&input| input.to_owned()).collect(),
            outlets: index..index + 1,
            parameters: 0,
            attributes: Default::default(),
            operands: Vec::new(),
        };
        let nodes: Vec<_> = graph.iter().enumerate().map(node).collect();
        let outlet = |index: usize| Outlet {
            node: index,
            info: ValueInfo { name: index.to_string(), dtype: "float32", shape: vec![] },
            channel_axis: ChannelAxis::First,
        };
        let outlets: Vec<_> = (0..nodes.len()).map(outlet).collect();
        assert_eq!(chains(&nodes, &outlets, &ends.iter().copied().collect()), expected);
    }

    #[test]
    fn a_convolution_ends_with_its_activation_function() {
        let graph: &[(&str, &[&str])] = &[
            ("Conv", &["x"]),
            ("BatchNormalization", &["0"]),
            ("Relu", &["1"]),
            ("MaxPool", &["2"]),
            ("MatMul", &["3"]),
            ("Add", &["4"]),
        ];
        check(graph, &[], &[&[0, 1, 2], &[3], &[4, 5]]);
        check(graph, &[0, 4], &[&[0], &[1, 2], &[3], &[4], &[5]]);
        check(graph, &[1], &[&[0, 1], &[2], &[3], &[4, 5]]);
    }

    #[test]
    fn an_activation_function_may_be_several_nodes() {
        let swish: &[(&str, &[&str])] =
            &[("Conv", &["x"]), ("Sigmoid", &["0"]), ("Mul", &["0", "1"]), ("Conv", &["2"])];
        check(swish, &[], &[&[0, 1, 2], &[3]]);
        check(swish, &[1], &[&[0, 1, 2], &[3]]);
        let hard_swish: &[(&str, &[&str])] =
            &[("Conv", &["x"]), ("Add", &["0"]), ("Clip", &["1"]), ("Mul", &["2", "0"]), ("Div", &["3"])];
        check(hard_swish, &[], &[&[0, 1, 2, 3, 4]]);
    }

    #[test]
    fn what_others_read_ends_a_chain() {
        let residual: &[(&str, &[&str])] =
            &[("Conv", &["x"]), ("Relu", &["0"]), ("Conv", &["1"]), ("Add", &["2", "1"]), ("Relu", &["3"])];
        check(residual, &[], &[&[0, 1], &[2], &[3, 4]]);
        let before_activation: &[(&str, &[&str])] =
            &[("Add", &["x"]), ("Relu", &["0"]), ("Conv", &["1"]), ("Add", &["2", "0"])];
        check(before_activation, &[], &[&[0], &[1], &[2], &[3]]);
        check(&[("Reshape", &["x"]), ("Relu", &["0"])], &[], &[&[0], &[1]]);
    }

    #[test]
    fn a_long_detour_is_no_activation_function() {
        let names: Vec<String> = (0..=LONGEST_DETOUR).map(|index| index.to_string()).collect();
        let steps: Vec<[&str; 1]> = names.iter().map(|name| [name.as_str()]).collect();
        let graph = |detour: usize| -> Vec<(&str, &[&str])> {
            let mut graph: Vec<(&str, &[&str])> = vec![("Conv", &["x"])];
            graph.extend(steps[..detour].iter().map(|step| ("Relu", &step[..])));
            graph
        };
        let ends = ["0", &names[LONGEST_DETOUR - 1]];
        let mut short = graph(LONGEST_DETOUR - 1);
        short.push(("Mul", &ends));
        check(&short, &[], &[&(0..=LONGEST_DETOUR).collect::<Vec<_>>()]);

        let ends = ["0", &names[LONGEST_DETOUR]];
        let mut long = graph(LONGEST_DETOUR);
        long.push(("Mul", &ends));
        check(&long, &[], &[&[0], &(1..=LONGEST_DETOUR).collect::<Vec<_>>(), &[LONGEST_DETOUR + 1]]);
    }
}
