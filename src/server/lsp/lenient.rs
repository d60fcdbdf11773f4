//! What a client says at the start, as far as it can be understood: one odd value costs that value, not the session.

use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use tower_lsp::ls_types::InitializeParams;

/// The params without what the protocol does not know, and the places of what was left out.
pub fn initialize_params(mut params: Value) -> (Value, Vec<String>) {
    let mut left_out = Vec::new();
    if !params.is_object() {
        params = Value::Object(Map::new());
    }
    if let Some(members) = params.as_object_mut() {
        members.entry("capabilities").or_insert_with(|| Value::Object(Map::new()));
    }
    // Each round takes one value out, until what is left can be read.
    while let Err(error) = serde_path_to_error::deserialize::<_, InitializeParams>(&params) {
        let path: Vec<Segment> = error.path().iter().cloned().collect();
        if path.as_slice().first().is_some_and(|first| first.to_string() == "capabilities") && path.len() == 1 {
            params["capabilities"] = Value::Object(Map::new());
        } else if !remove(&mut params, &path) {
            // Nothing that could be named: what is left is a session without any of it.
            params = serde_json::json!({"capabilities": {}});
        }
        left_out.push(error.to_string());
    }
    (params, left_out)
}

fn remove(params: &mut Value, path: &[Segment]) -> bool {
    let named = path.iter().position(|segment| !matches!(segment, Segment::Map { .. } | Segment::Seq { .. }));
    let Some((last, above)) = path[..named.unwrap_or(path.len())].split_last() else { return false };
    let mut here = params;
    for segment in above {
        let next = match segment {
            Segment::Map { key } => here.get_mut(key),
            Segment::Seq { index } => here.get_mut(index),
            _ => None,
        };
        let Some(next) = next else { return false };
        here = next;
    }
    match (last, here) {
        (Segment::Map { key }, Value::Object(members)) => members.shift_remove(key).is_some(),
        (Segment::Seq { index }, Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
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
    }

    #[test]
    fn what_is_no_object_is_taken_for_an_empty_one() {
        for odd in [json!(null), json!([]), json!({"capabilities": 5}), json!({})] {
            assert_eq!(initialize_params(odd).0, json!({"capabilities": {}}));
        }
    }
}
