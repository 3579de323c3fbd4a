//! Operators as functions of numbers, in double precision, as ONNX defines them.

use std::collections::BTreeMap;

/// A parameter's name, and what it is if it is left out.
type Parameter = (&'static str, Option<f64>);

/// How many operands an operator is a function of, none for all, and its parameters; none for one that is not here.
pub(super) fn signature(op: &str) -> Option<(Option<usize>, &'static [Parameter])> {
    const ALPHA_1: &[Parameter] = &[("alpha", Some(1.0))];
    Some(match op {
        "Abs" | "Ceil" | "Cos" | "Erf" | "Exp" | "Floor" | "Gelu" | "HardSwish" | "Log" | "Mish" | "Neg"
        | "Reciprocal" | "Relu" | "Round" | "Sigmoid" | "Sign" | "Sin" | "Softplus" | "Softsign" | "Sqrt" | "Tanh" => {
            (Some(1), &[])
        }
        "Celu" | "Elu" | "Swish" | "ThresholdedRelu" => (Some(1), ALPHA_1),
        "Clip" => (Some(1), &[("min", None), ("max", None)]),
        "HardSigmoid" => (Some(1), &[("alpha", Some(0.2)), ("beta", Some(0.5))]),
        "LeakyRelu" => (Some(1), &[("alpha", Some(0.01))]),
        "Selu" => (Some(1), &[("alpha", Some(1.673_263_192_176_818_8)), ("gamma", Some(1.050_701_022_148_132_3))]),
        "Add" | "Div" | "Mul" | "PRelu" | "Pow" | "Sub" => (Some(2), &[]),
        "Max" | "Mean" | "Min" | "Sum" => (None, &[]),
        _ => return None,
    })
}

/// The operator's value; none for one that is not here. `approximate` is how a `Gelu` is approximated.
pub(super) fn compute(
    op: &str,
    values: &[f64],
    parameters: &BTreeMap<&'static str, f64>,
    approximate: Option<&str>,
) -> Option<f64> {
    let x = *values.first()?;
    let parameter = |name: &str| parameters.get(name).copied();
    let (alpha, beta) = (parameter("alpha").unwrap_or(1.0), parameter("beta").unwrap_or(0.0));
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    Some(match (op, values) {
        ("Abs", _) => x.abs(),
        ("Ceil", _) => x.ceil(),
        ("Cos", _) => x.cos(),
        ("Erf", _) => libm::erf(x),
        ("Exp", _) => x.exp(),
        ("Floor", _) => x.floor(),
        ("Gelu", _) if approximate == Some("tanh") => {
            0.5 * x * (1.0 + (std::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044_715 * x.powi(3))).tanh())
        }
        ("Gelu", _) => 0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)),
        ("HardSwish", _) => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        ("Log", _) => x.ln(),
        ("Mish", _) => x * softplus(x).tanh(),
        ("Neg", _) => -x,
        ("Reciprocal", _) => 1.0 / x,
        // Written so that a NaN stays.
        ("Relu", _) => {
            if x <= 0.0 {
                0.0
            } else {
                x
            }
        }
        ("Round", _) => x.round_ties_even(),
        ("Sigmoid", _) => sigmoid(x),
        ("Sign", _) => {
            if x == 0.0 {
                0.0
            } else {
                x.signum()
            }
        }
        ("Sin", _) => x.sin(),
        ("Softplus", _) => softplus(x),
        ("Softsign", _) => x / (1.0 + x.abs()),
        ("Sqrt", _) => x.sqrt(),
        ("Tanh", _) => x.tanh(),
        ("Celu", _) => x.max(0.0) + (alpha * (x / alpha).exp_m1()).min(0.0),
        ("Elu", _) => {
            if x < 0.0 {
                alpha * x.exp_m1()
            } else {
                x
            }
        }
        ("Swish", _) => x * sigmoid(alpha * x),
        ("ThresholdedRelu", _) => {
            if x > alpha {
                x
            } else {
                0.0
            }
        }
        ("Clip", _) => {
            let raised = parameter("min").filter(|min| x < *min).unwrap_or(x);
            parameter("max").filter(|max| raised > *max).unwrap_or(raised)
        }
        ("HardSigmoid", _) => (alpha * x + beta).clamp(0.0, 1.0),
        ("LeakyRelu", _) => {
            if x < 0.0 {
                alpha * x
            } else {
                x
            }
        }
        ("Selu", _) => {
            let gamma = parameter("gamma").unwrap_or(1.0);
            gamma * if x <= 0.0 { alpha * x.exp_m1() } else { x }
        }
        ("Add", [_, y]) => x + y,
        ("Div", [_, y]) => x / y,
        ("Mul", [_, y]) => x * y,
        ("PRelu", [_, slope]) => {
            if x < 0.0 {
                slope * x
            } else {
                x
            }
        }
        ("Pow", [_, y]) => x.powf(*y),
        ("Sub", [_, y]) => x - y,
        ("Max", _) => values.iter().copied().fold(x, f64::max),
        ("Mean", _) => values.iter().sum::<f64>() / values.len() as f64,
        ("Min", _) => values.iter().copied().fold(x, f64::min),
        ("Sum", _) => values.iter().sum(),
        _ => return None,
    })
}
