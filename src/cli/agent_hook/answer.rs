//! The form in which each agent reads a hook's answer.

use serde_json::{Value, json};

use super::call::{Agent, Call, Moment};

/// The answer as one line of JSON.
pub fn to(call: &Call, text: &str) -> String {
    let value = match call.moment {
        Moment::BeforeEdit | Moment::AfterEdit => context(call, text),
        Moment::BeforeCommit => refusal(call, text),
        Moment::TurnEnd => another_turn(call, text),
    };
    value.to_string()
}

/// What the model reads beside the tool's result, which stays as it is: no form that replaces it.
fn context(call: &Call, text: &str) -> Value {
    let output = json!({"hookEventName": call.event.as_deref().unwrap_or("PostToolUse"), "additionalContext": text});
    match call.agent {
        Agent::ClaudeCode | Agent::Codex | Agent::GeminiCli => json!({"hookSpecificOutput": output}),
        // VS Code sends the same message as Copilot CLI with these names, and reads the other form.
        Agent::CopilotCli => json!({"additionalContext": text, "hookSpecificOutput": output}),
        Agent::Cursor => json!({"additional_context": text}),
    }
}

fn refusal(call: &Call, text: &str) -> Value {
    let output = json!({
        "hookEventName": call.event.as_deref().unwrap_or("PreToolUse"),
        "permissionDecision": "deny",
        "permissionDecisionReason": text,
    });
    match call.agent {
        Agent::ClaudeCode | Agent::Codex => json!({"hookSpecificOutput": output}),
        Agent::CopilotCli => {
            json!({"permissionDecision": "deny", "permissionDecisionReason": text, "hookSpecificOutput": output})
        }
        Agent::GeminiCli => json!({"decision": "deny", "reason": text}),
        Agent::Cursor => json!({"permission": "deny", "user_message": text, "agent_message": text}),
    }
}

fn another_turn(call: &Call, text: &str) -> Value {
    match call.agent {
        Agent::ClaudeCode | Agent::Codex | Agent::CopilotCli => json!({"decision": "block", "reason": text}),
        Agent::GeminiCli => json!({"decision": "deny", "reason": text}),
        Agent::Cursor => json!({"followup_message": text}),
    }
}
