//! Lists and maps as files and metadata have them: in JSON, or as Python prints them.

use serde_json::{Map, Value};
use std::iter::Peekable;
use std::str::Chars;

/// How deeply a value may be nested.
const MAX_DEPTH: usize = 16;

/// Reads a value in JSON or in Python's notation. Keys that are numbers become strings, tuples become arrays.
///
/// # Errors
/// JSON's, for text that is neither.
pub(crate) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| python(text).ok_or(error))
}

fn python(text: &str) -> Option<Value> {
    let mut rest = text.chars().peekable();
    let value = value(&mut rest, MAX_DEPTH)?;
    skip_spaces(&mut rest);
    rest.peek().is_none().then_some(value)
}

fn value(rest: &mut Peekable<Chars>, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    skip_spaces(rest);
    match *rest.peek()? {
        '[' => items(rest, ']', |rest| value(rest, depth)).map(Value::Array),
        '(' => items(rest, ')', |rest| value(rest, depth)).map(Value::Array),
        '{' => items(rest, '}', |rest| pair(rest, depth)).map(|pairs| Value::Object(Map::from_iter(pairs))),
        quote @ ('\'' | '"') => string(rest, quote).map(Value::String),
        _ => word(rest),
    }
}

/// What stands between the bracket that is next and `end`, separated by commas, of which the last may be followed by
/// nothing.
fn items<T>(rest: &mut Peekable<Chars>, end: char, item: impl Fn(&mut Peekable<Chars>) -> Option<T>) -> Option<Vec<T>> {
    rest.next()?;
    let mut items = Vec::new();
    loop {
        skip_spaces(rest);
        if rest.next_if_eq(&end).is_some() {
            return Some(items);
        }
        items.push(item(rest)?);
        skip_spaces(rest);
        if rest.next_if_eq(&',').is_none() && *rest.peek()? != end {
            return None;
        }
    }
}

fn pair(rest: &mut Peekable<Chars>, depth: usize) -> Option<(String, Value)> {
    let key = match value(rest, depth)? {
        Value::String(key) => key,
        Value::Number(key) => key.to_string(),
        _ => return None,
    };
    skip_spaces(rest);
    rest.next_if_eq(&':')?;
    Some((key, value(rest, depth)?))
}

fn string(rest: &mut Peekable<Chars>, quote: char) -> Option<String> {
    rest.next()?;
    let mut text = String::new();
    loop {
        match rest.next()? {
            '\\' => text.push(match rest.next()? {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            end if end == quote => return Some(text),
            other => text.push(other),
        }
    }
}

fn word(rest: &mut Peekable<Chars>) -> Option<Value> {
    let mut word = String::new();
    while let Some(next) = rest.next_if(|next| next.is_ascii_alphanumeric() || "+-._".contains(*next)) {
        word.push(next);
    }
    match word.as_str() {
        "None" => Some(Value::Null),
        "True" => Some(true.into()),
        "False" => Some(false.into()),
        number => {
            let whole = number.parse::<i64>().map(Value::from);
            whole.or_else(|_| number.parse::<f64>().map(Value::from)).ok()
        }
    }
}

fn skip_spaces(rest: &mut Peekable<Chars>) {
    while rest.next_if(|next| next.is_whitespace()).is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_and_python_are_read() {
        let cases = [
            (r#"{"0": ["n01", "tench"]}"#, json!({"0": ["n01", "tench"]})),
            ("{0: 'person', 1: \"bull's eye\",}", json!({"0": "person", "1": "bull's eye"})),
            ("['a', 'it\\'s']", json!(["a", "it's"])),
            ("[640, 480]", json!([640, 480])),
            ("(3, 224, 224)", json!([3, 224, 224])),
            (" [ 0.485 , 1e-3, -2. ] ", json!([0.485, 1e-3, -2.0])),
            ("[True, False, None]", json!([true, false, null])),
            ("{}", json!({})),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_an_error() {
        for text in ["", "[1, 2", "{0 'a'}", "['a' 'b']", "{[1]: 2}", "cat", "[1] 2", "'open", "[,]", "{1: }"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }
}
