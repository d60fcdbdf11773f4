//! What a client says at the start, as far as it can be understood: one odd value costs that value, not the session.

use serde_json::{Map, Value};
use tower_lsp::ls_types::InitializeParams;

/// The params without what the protocol does not know, and the places of what was left out.
pub fn initialize_params(params: Value) -> (Value, Vec<String>) {
    let mut params = if params.is_object() { params } else { Value::Object(Map::new()) };
    if let Some(members) = params.as_object_mut() {
        members.entry("capabilities").or_insert_with(|| Value::Object(Map::new()));
    }
    let mut reading = Reading { read: serde_json::json!({"capabilities": {}}), left_out: Vec::new() };
    if reading.complaint(&params).is_none() {
        return (params, reading.left_out);
    }
    if let Value::Object(members) = params {
        members.into_iter().for_each(|(name, value)| reading.take(&mut vec![name], value));
    }
    (reading.read, reading.left_out)
}

/// Params that can be read, to which the client's are added one by one.
struct Reading {
    read: Value,
    left_out: Vec<String>,
}

impl Reading {
    fn complaint(&self, params: &Value) -> Option<String> {
        serde_json::from_value::<InitializeParams>(params.clone()).err().map(|error| error.to_string())
    }

    /// Puts a value at `path`, if it can be read there; else gives the complaint.
    fn put(&mut self, path: &[String], value: Value) -> Option<String> {
        let before = self.read.clone();
        put(&mut self.read, path, value);
        let complaint = self.complaint(&self.read);
        if complaint.is_some() {
            self.read = before;
        }
        complaint
    }

    /// Takes over what can be read of a value: all of it, or each of its parts that can.
    fn take(&mut self, path: &mut Vec<String>, value: Value) {
        let Some(complaint) = self.put(path, value.clone()) else { return };
        match value {
            Value::Object(members) => {
                if self.put(path, Value::Object(Map::new())).is_none() {
                    members.into_iter().for_each(|(name, part)| self.take_part(path, name, part));
                    return;
                }
                // Some of its members must be there: one of the others may be what is odd.
                for (name, part) in &members {
                    let mut others = members.clone();
                    others.shift_remove(name);
                    if self.put(path, Value::Object(others)).is_none() {
                        self.take_part(path, name.clone(), part.clone());
                        return;
                    }
                }
            }
            Value::Array(items) if self.put(path, Value::Array(Vec::new())).is_none() => {
                for item in items {
                    let next = at(&mut self.read, path).and_then(|list| list.as_array()).map_or(0, Vec::len);
                    self.take_part(path, next.to_string(), item);
                }
                return;
            }
            _ => {}
        }
        self.left_out.push(format!("{}: {complaint}", path.join(".")));
    }

    fn take_part(&mut self, path: &mut Vec<String>, name: String, part: Value) {
        path.push(name);
        self.take(path, part);
        path.pop();
    }
}

fn at<'v>(root: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(root, |here, name| match here {
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        other => other.get_mut(name),
    })
}

/// Sets what stands at `path`, whose parents are there.
fn put(root: &mut Value, path: &[String], value: Value) {
    let Some((last, parents)) = path.split_last() else { return };
    match at(root, parents) {
        Some(Value::Object(members)) => drop(members.insert(last.clone(), value)),
        Some(Value::Array(items)) => match last.parse().ok().and_then(|at: usize| items.get_mut(at)) {
            Some(item) => *item = value,
            None => items.push(value),
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_odd_is_left_out() {
        let (params, left_out) = initialize_params(json!({
            "processId": -1, "rootUri": null, "trace": "compact", "clientInfo": {"version": "1"},
            "capabilities": {
                "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true, "failureHandling": "retry"}},
                "textDocument": {"hover": {"contentFormat": ["asciidoc", "markdown"]}, "codeLens": true},
                "window": [],
            },
        }));
        assert_eq!(
            params,
            json!({
                "rootUri": null,
                "capabilities": {
                    "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true}},
                    "textDocument": {"hover": {"contentFormat": ["markdown"]}},
                },
            })
        );
        assert_eq!(left_out.len(), 7, "{left_out:#?}");
        let named = "capabilities.textDocument.codeLens: invalid type: boolean `true`";
        assert!(left_out.iter().any(|it| it.starts_with(named)), "{left_out:#?}");
        let (params, left_out) = initialize_params(json!({
            "clientInfo": {"name": "a", "version": 5},
            "workspaceFolders": [{"uri": "file:///a", "name": "a"}, 7, {"uri": "file:///b", "name": "b", "x": 1}],
            "capabilities": {"a/b~c": 1, "window": {"workDoneProgress": "yes"}},
        }));
        assert_eq!(
            params,
            json!({
                "capabilities": {"a/b~c": 1, "window": {}},
                "clientInfo": {"name": "a"},
                "workspaceFolders": [{"uri": "file:///a", "name": "a"}, {"uri": "file:///b", "name": "b", "x": 1}],
            })
        );
        assert_eq!(left_out.len(), 3, "{left_out:#?}");
    }

    #[test]
    fn what_is_no_object_is_taken_for_an_empty_one() {
        for odd in [json!(null), json!([]), json!({"capabilities": 5}), json!({})] {
            assert_eq!(initialize_params(odd).0, json!({"capabilities": {}}));
        }
    }
}
