//! `.specweave/lsp.json`: its text -> a layer of settings, and each mistake in it with its exact place. What is wrong does
//! not count; the rest does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::model::increment::Source;
use crate::model::parse::metadata::{self, JsonMember};
use crate::model::parse::{self, Problem, ProblemKind, Span};
use crate::model::rules::{Code, FoundIn, one_line, problem_message};
use crate::model::sort;
use crate::model::status::Side;
use crate::workspace::config::all_settings::{Setting, TABLE};
use crate::workspace::config::ignore::IgnoreEntry;
use crate::workspace::config::layer::{Layer, Part, ValueError, ValueErrorKind, alike};
use crate::workspace::discover::PROJECT_FOLDER;
use crate::workspace::fs::paths::canonicalize;
use crate::workspace::fs::reader::{self, Want};

pub const NAME: &str = "lsp.json";

/// Some thousand `ignore` entries; what is larger is no file of settings.
pub const LARGEST: u64 = 256 * 1024;

/// Names the schema for editors; says nothing to us.
pub const SCHEMA_KEY: &str = "$schema";

pub fn path(root: &Path) -> PathBuf {
    root.join(PROJECT_FOLDER).join(NAME)
}

/// The project whose file of settings lies there, by its name alone.
pub fn project_of(file: &Path) -> Option<&Path> {
    let folder = file.parent().filter(|_| file.file_name().is_some_and(|name| name == NAME))?;
    folder.parent().filter(|_| folder.file_name().is_some_and(|name| name == PROJECT_FOLDER))
}

/// What a project's file says.
#[derive(Debug, Default)]
pub struct ConfigFile {
    /// False where the project has none.
    pub is_there: bool,
    /// Where a link in its place leads, within the project.
    pub leads_to: Option<PathBuf>,
    /// Not read at all: what an editor shows in its place says nothing.
    pub is_refused: bool,
    pub text: String,
    pub layer: Layer,
    pub mistakes: Vec<Mistake>,
    /// Where the settings stand that count: their names in the file, and the places of their values.
    pub places: Vec<(String, Span)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    pub span: Span,
    /// One or two sentences.
    pub message: String,
}

impl ConfigFile {
    /// As it lies on disk. Never from outside the project, whatever a link says.
    pub fn read(root: &Path) -> ConfigFile {
        let (source, leads_to) = read(root);
        ConfigFile { leads_to, ..ConfigFile::of(source) }
    }

    pub fn of(source: Source) -> ConfigFile {
        match source {
            Source::Missing => ConfigFile::default(),
            Source::Unreadable(reason) => {
                // Its size is limited whatever the settings say.
                let reason = reason.replace(reader::LIMITED_BY, "");
                let mistake = Mistake { span: 0..0, message: format!("{NAME} cannot be read: {reason}.") };
                ConfigFile { is_there: true, is_refused: true, mistakes: vec![mistake], ..ConfigFile::default() }
            }
            Source::Text(bytes) => ConfigFile::parse(&bytes),
        }
    }

    pub fn parse(bytes: &[u8]) -> ConfigFile {
        let (text, bad) = parse::mask(bytes);
        let mut reading = FileReader { text: &text, layer: Layer::default(), mistakes: Vec::new(), places: Vec::new() };
        reading
            .mistakes
            .extend(Problem::not_utf8(&bad, &(0..text.len())).map(|problem| problem_mistake(&text, problem)));
        reading.read();
        let FileReader { layer, mut mistakes, places, .. } = reading;
        sort::by_key(&mut mistakes, |mistake| mistake.span.start);
        let text = text.into_owned();
        ConfigFile { is_there: true, leads_to: None, is_refused: false, layer, mistakes, places, text }
    }
}

fn read(root: &Path) -> (Source, Option<PathBuf>) {
    let (Ok(real), Ok(base)) = (canonicalize(&path(root)), canonicalize(root)) else {
        // The reader says what it is.
        return (reader::read(&path(root), LARGEST, Want::Whole), None);
    };
    if !real.starts_with(&base) {
        return (Source::Unreadable("it is a symbolic link that leads out of the project".to_owned()), None);
    }
    let leads_to = Some(real.clone()).filter(|real| *real != path(&base));
    (reader::read(&real, LARGEST, Want::Whole), leads_to)
}

fn problem_mistake(text: &str, problem: Problem) -> Mistake {
    let is_comment = matches!(problem.kind, ProblemKind::Json(_)) && is_comment(&text[problem.span.start..]);
    let message = match is_comment {
        true => "JSON has no comments; remove this one, or say it in a `reason`.".to_owned(),
        false => problem_message(Side::Metadata, &problem.kind),
    };
    let rest = match problem.kind {
        ProblemKind::NotUtf8(_) => "",
        _ => " Until then no setting of this file counts.",
    };
    Mistake { span: problem.span, message: format!("{message}{rest}") }
}

fn is_comment(rest: &str) -> bool {
    rest.starts_with("//") || rest.starts_with("/*")
}

struct FileReader<'t> {
    text: &'t str,
    layer: Layer,
    mistakes: Vec<Mistake>,
    places: Vec<(String, Span)>,
}

impl FileReader<'_> {
    fn read(&mut self) {
        match metadata::members(self.text) {
            Ok(members) => self.members(&members, None),
            Err(problem) => self.mistakes.push(problem_mistake(self.text, problem)),
        }
    }

    fn mistake(&mut self, span: Span, message: String) {
        self.mistakes.push(Mistake { span, message });
    }

    fn members(&mut self, members: &[JsonMember<'_>], above: Option<&str>) {
        for (at, member) in members.iter().enumerate() {
            let key = metadata::inner_span(&member.key, &self.text[member.key.clone()]);
            if members[..at].iter().any(|earlier| earlier.name == member.name) {
                self.mistake(key.clone(), format!("Duplicate key `{}`; the last one counts.", one_line(&member.name)));
            }
            let name = above.map_or_else(|| member.name.to_string(), |above| format!("{above}.{}", member.name));
            self.member(&name, member, key);
        }
    }

    fn member(&mut self, name: &str, member: &JsonMember<'_>, key: Span) {
        if name == SCHEMA_KEY {
            return;
        }
        let value: Value = serde_json::from_str(&self.text[member.value.clone()]).unwrap_or(Value::Null);
        match Setting::in_file(name) {
            Some(Setting::Ignore) => self.ignore(member, &value),
            Some(setting) => {
                let errors = self.layer.set(setting, &value);
                if !errors.iter().any(|error| error.part == Part::Whole) {
                    self.places.push((name.to_owned(), member.value.clone()));
                }
                if setting == Setting::Severity {
                    let codes = self.members_of(&member.value).unwrap_or_default();
                    self.places.extend(codes.into_iter().map(|code| (format!("{name}.{}", code.name), code.value)));
                }
                for error in errors {
                    let span = self.span_of(&member.value, &error.part);
                    self.mistake(span, value_message(name, error));
                }
            }
            None if is_object(name) => match self.members_of(&member.value) {
                Some(parts) => self.members(&parts, Some(name)),
                None => {
                    let error = ValueError::of_type(Part::Whole, "an object", &value);
                    self.mistake(inner(self.text, &member.value), value_message(name, error));
                }
            },
            None => self.mistake(key, unknown_key(name)),
        }
    }

    /// Those of an object that stands in the text; none if it is something else.
    fn members_of(&self, span: &Span) -> Option<Vec<JsonMember<'static>>> {
        let members = metadata::members(&self.text[span.clone()]).ok()?;
        let moved = |part: Span| part.start + span.start..part.end + span.start;
        Some(
            members
                .into_iter()
                .map(|JsonMember { name, key, value }| JsonMember {
                    name: name.into_owned().into(),
                    key: moved(key),
                    value: moved(value),
                })
                .collect(),
        )
    }

    fn items_of(&self, span: &Span) -> Vec<Span> {
        let items = metadata::items(&self.text[span.clone()]);
        items.into_iter().map(|item| item.start + span.start..item.end + span.start).collect()
    }

    fn span_of(&self, value: &Span, part: &Part) -> Span {
        let span = match part {
            Part::Whole => None,
            Part::Item(at) => self.items_of(value).into_iter().nth(*at),
            Part::Key(name) | Part::Member(name) => {
                let members = self.members_of(value).unwrap_or_default();
                let member = members.into_iter().rfind(|member| member.name == *name);
                member.map(|member| if matches!(part, Part::Key(_)) { member.key } else { member.value })
            }
        };
        inner(self.text, &span.unwrap_or_else(|| value.clone()))
    }

    fn ignore(&mut self, member: &JsonMember<'_>, value: &Value) {
        if !value.is_array() {
            let error = ValueError::of_type(Part::Whole, Setting::Ignore.expected(), value);
            self.mistake(inner(self.text, &member.value), value_message("ignore", error));
            return;
        }
        self.places.push(("ignore".to_owned(), member.value.clone()));
        let entries =
            self.items_of(&member.value).iter().filter_map(|item| self.ignore_entry(item)).collect::<Vec<_>>();
        self.layer.ignore = Arc::from(entries);
    }

    /// `None` where something is missing or wrong in it, which is said.
    fn ignore_entry(&mut self, item: &Span) -> Option<IgnoreEntry> {
        let Some(members) = self.members_of(item) else {
            let value = serde_json::from_str(&self.text[item.clone()]).unwrap_or(Value::Null);
            let error = ValueError::of_type(Part::Whole, "an object with `increment`, `code` and `reason`", &value);
            self.mistake(inner(self.text, item), value_message("ignore", error));
            return None;
        };
        for (at, member) in members.iter().enumerate() {
            let key = inner(self.text, &member.key);
            if !PARTS.contains(&&*member.name) {
                let nearest = alike(&member.name, PARTS.into_iter());
                self.mistake(key, no_such(&format!("`ignore` has no `{}`", one_line(&member.name)), nearest));
            } else if members[..at].iter().any(|earlier| earlier.name == member.name) {
                self.mistake(key, format!("Duplicate key `{}`; the last one counts.", member.name));
            }
        }
        let [increment, code, reason] = PARTS.map(|part| self.text_of(item, &members, part));
        let (increment, code, reason) = (increment?, code?, reason?);
        let code = self.ignored_code(&code.0, code.1)?;
        match IgnoreEntry::new(&increment.0, code, &reason.0, item.clone()) {
            Ok(entry) => Some(entry),
            Err(reason) => {
                self.mistake(increment.1, glob_message("ignore", &reason.to_string()));
                None
            }
        }
    }

    /// A part of an entry that has to be there, and its place.
    fn text_of(&mut self, item: &Span, members: &[JsonMember<'_>], part: &str) -> Option<(String, Span)> {
        let Some(member) = members.iter().rfind(|member| member.name == part) else {
            let needs = match part {
                "reason" => "a `reason`: say why the project accepts this",
                "code" => "the `code` of a finding",
                _ => "an `increment`: the glob of those it is about",
            };
            self.mistake(item.start..item.start + 1, format!("This entry of `ignore` needs {needs}."));
            return None;
        };
        let value: Value = serde_json::from_str(&self.text[member.value.clone()]).unwrap_or(Value::Null);
        let span = inner(self.text, &member.value);
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => Some((text.to_owned(), span)),
            _ => {
                let error = ValueError::of_type(Part::Whole, "a string that is not empty", &value);
                self.mistake(span, value_message(part, error));
                None
            }
        }
    }

    fn ignored_code(&mut self, name: &str, span: Span) -> Option<Code> {
        let Some(code) = Code::parse(name) else {
            self.mistake(span, value_message("ignore", ValueError::unknown_code(Part::Whole, name)));
            return None;
        };
        if code.found_in() == FoundIn::Project {
            self.mistake(
                span,
                format!("`{code}` is not about an increment; it can only be switched off in `severity`."),
            );
            return None;
        }
        Some(code)
    }
}

const PARTS: [&str; 3] = ["increment", "code", "reason"];

/// A string without its quotes.
fn inner(text: &str, span: &Span) -> Span {
    metadata::inner_span(span, &text[span.clone()])
}

fn is_object(name: &str) -> bool {
    TABLE.iter().filter_map(|row| row.file).any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

fn unknown_key(name: &str) -> String {
    let its_own = match name {
        // What an editor calls it.
        "diagnostics" | "diagnostics.severity" => Some("severity".to_owned()),
        _ => None,
    };
    if its_own.is_none() && TABLE.iter().any(|row| row.file.is_none() && row.editor == Some(name)) {
        return format!("`{name}` is a setting of the editor; a project has none.");
    }
    let (above, last) = name.rsplit_once('.').unwrap_or(("", name));
    let keys = TABLE.iter().filter_map(|row| row.file).filter_map(|key| match above {
        "" => key.split('.').next(),
        _ => key.strip_prefix(above)?.strip_prefix('.'),
    });
    let nearest = its_own.or_else(|| alike(last, keys.clone())).map(|near| match above {
        "" => near,
        _ => format!("{above}.{near}"),
    });
    no_such(&format!("There is no setting `{}`", one_line(name)), nearest)
}

fn no_such(says: &str, nearest: Option<String>) -> String {
    match nearest {
        Some(nearest) => format!("{says}; did you mean `{nearest}`?"),
        None => format!("{says}."),
    }
}

fn glob_message(name: &str, reason: &str) -> String {
    format!("`{name}` holds a glob that cannot be read: {reason}.")
}

fn value_message(name: &str, ValueError { part, kind }: ValueError) -> String {
    match (kind, part) {
        (ValueErrorKind::Type { expected, found }, Part::Member(code)) => {
            format!("The severity of `{}` must be {expected}, not {found}.", one_line(&code))
        }
        (ValueErrorKind::Type { expected, found }, Part::Item(_)) => {
            format!("`{name}` must hold globs, not {found}; {expected} is a string.")
        }
        (ValueErrorKind::Type { expected, found }, _) => format!("`{name}` must be {expected}, not {found}."),
        (ValueErrorKind::Glob(reason), _) => glob_message(name, &reason),
        (ValueErrorKind::UnknownCode { name, nearest }, _) => {
            no_such(&format!("No finding has the code `{name}`"), nearest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::Severity;

    /// `"marked text" message` for each mistake.
    fn mistakes(text: &str) -> Vec<String> {
        let file = ConfigFile::parse(text.as_bytes());
        file.mistakes.iter().map(|it| format!("{:?} {}", &text[it.span.clone()], it.message)).collect()
    }

    #[test]
    fn each_mistake_has_its_place() {
        for (text, expected) in [
            (r#"{"exlude": []}"#, r#""exlude" There is no setting `exlude`; did you mean `exclude`?"#),
            (r#"{"nonsense": 1}"#, r#""nonsense" There is no setting `nonsense`."#),
            (r#"{"codeLens": true}"#, r#""codeLens" `codeLens` is a setting of the editor; a project has none."#),
            (
                r#"{"diagnostics": {"severity": {}}}"#,
                r#""diagnostics" There is no setting `diagnostics`; did you mean `severity`?"#,
            ),
            (
                r#"{"statusLine": {"maxIncrement": 3}}"#,
                r#""maxIncrement" There is no setting `statusLine.maxIncrement`; did you mean `statusLine.maxIncrements`?"#,
            ),
            (r#"{"statusLine": 3}"#, r#""3" `statusLine` must be an object, not `3`."#),
            (r#"{"includeArchived": "yes"}"#, r#""yes" `includeArchived` must be `true` or `false`, not `"yes"`."#),
            (
                r#"{"severity": {"status-desnyc": "off"}}"#,
                r#""status-desnyc" No finding has the code `status-desnyc`; did you mean `status-desync`?"#,
            ),
            (
                r#"{"severity": {"id-mismatch": "of"}}"#,
                r#""of" The severity of `id-mismatch` must be `off`, `hint`, `information`, `warning` or `error`, not `"of"`."#,
            ),
            (r#"{"exclude": ["ok", 5]}"#, r#""5" `exclude` must hold globs, not `5`; a glob is a string."#),
            (r#"{"exclude": 5}"#, r#""5" `exclude` must be a list of globs, not `5`."#),
            (r#"{"exclude": [], "exclude": []}"#, r#""exclude" Duplicate key `exclude`; the last one counts."#),
            (
                "[1]",
                r#""[1]" The file is a list; it must be a JSON object. Until then no setting of this file counts."#,
            ),
            ("", r#""" The file is empty; it must be a JSON object. Until then no setting of this file counts."#),
            (
                "{\n  // why\n  \"exclude\": []\n}",
                "\"/\" JSON has no comments; remove this one, or say it in a `reason`. Until then no setting of this file counts.",
            ),
            (
                r#"{"exclude": [],}"#,
                r#""}" The file is not valid JSON: trailing comma. Until then no setting of this file counts."#,
            ),
            (
                r#"{"ignore": [{"increment": "0001-*", "code": "id-mismatch"}]}"#,
                r#""{" This entry of `ignore` needs a `reason`: say why the project accepts this."#,
            ),
            (
                r#"{"ignore": [{"increment": "0001-*", "code": "id-mismach", "reason": "x"}]}"#,
                r#""id-mismach" No finding has the code `id-mismach`; did you mean `id-mismatch`?"#,
            ),
            (
                r#"{"ignore": [{"increment": "*", "code": "invalid-config", "reason": "x"}]}"#,
                r#""invalid-config" `invalid-config` is not about an increment; it can only be switched off in `severity`."#,
            ),
            (
                r#"{"ignore": [{"increments": "*", "increment": "*", "code": "id-mismatch", "reason": "x"}]}"#,
                r#""increments" `ignore` has no `increments`; did you mean `increment`?"#,
            ),
            (
                r#"{"ignore": [{"increment": "*", "code": "id-mismatch", "reason": " "}]}"#,
                r#"" " `reason` must be a string that is not empty, not `" "`."#,
            ),
            (
                r#"{"ignore": ["0001"]}"#,
                r#""0001" `ignore` must be an object with `increment`, `code` and `reason`, not `"0001"`."#,
            ),
        ] {
            assert_eq!(mistakes(text), [expected], "{text}");
        }
        let [glob] = &mistakes(r#"{"exclude": ["ok", "[z-a]"]}"#)[..] else { panic!() };
        assert!(glob.starts_with(r#""[z-a]" `exclude` holds a glob that cannot be read: "#), "{glob}");
        let [glob] = &mistakes(r#"{"ignore": [{"increment": "[z-a]", "code": "id-mismatch", "reason": "x"}]}"#)[..]
        else {
            panic!()
        };
        assert!(glob.starts_with(r#""[z-a]" `ignore` holds a glob that cannot be read: "#), "{glob}");
    }

    #[test]
    fn the_rest_counts() {
        let text = r#"{"$schema": "x", "exlude": 1, "maxFileSizeKiB": 7, "severity": {"x": "off", "id-mismatch": "error"},
            "ignore": [{}, {"increment": "0001-*", "code": "missing-file", "reason": "moved"}], "statusLine": {"maxIncrements": 5}}"#;
        let file = ConfigFile::parse(text.as_bytes());
        assert_eq!(file.mistakes.len(), 5, "{:?}", file.mistakes);
        assert_eq!((file.layer.max_file_size, file.layer.max_increments_in_line), (Some(7 * 1024), Some(5)));
        assert_eq!(file.layer.severity.get(&Code::IdMismatch), Some(&Some(Severity::Error)));
        let entry = &file.layer.ignore[0];
        assert_eq!((&*entry.increment, entry.code, &*entry.reason), ("0001-*", Code::MissingFile, "moved"));
        assert!(text[entry.span.clone()].starts_with(r#"{"increment""#) && text[entry.span.clone()].ends_with('}'));
    }

    #[test]
    fn what_is_no_file_of_settings_says_so() {
        let project = tempfile::tempdir().unwrap();
        let at = path(project.path());
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        let said = || ConfigFile::read(project.path()).mistakes.pop().map(|mistake| mistake.message);
        assert_eq!((said(), ConfigFile::read(project.path()).is_there), (None, false));
        std::fs::write(&at, vec![b' '; LARGEST as usize + 1]).unwrap();
        assert_eq!(said().unwrap(), "lsp.json cannot be read: it has 257 KiB, more than the limit of 256 KiB.");
        std::fs::remove_file(&at).unwrap();
        std::fs::create_dir(&at).unwrap();
        assert_eq!(said().unwrap(), "lsp.json cannot be read: it is a directory.");
        std::fs::remove_dir(&at).unwrap();
        #[cfg(unix)]
        {
            let elsewhere = tempfile::tempdir().unwrap();
            std::fs::write(elsewhere.path().join("x.json"), "{\"includeArchived\": true}").unwrap();
            std::os::unix::fs::symlink(elsewhere.path().join("x.json"), &at).unwrap();
            assert_eq!(
                said().unwrap(),
                "lsp.json cannot be read: it is a symbolic link that leads out of the project."
            );
            assert_eq!(ConfigFile::read(project.path()).layer.include_archived, None);
            std::fs::remove_file(&at).unwrap();
            std::fs::write(project.path().join("shared.json"), "{\"includeArchived\": true}").unwrap();
            std::os::unix::fs::symlink("../shared.json", &at).unwrap();
            assert_eq!(ConfigFile::read(project.path()).layer.include_archived, Some(true));
        }
    }

    #[test]
    fn only_its_own_name_counts() {
        assert_eq!(project_of(Path::new("/p/.specweave/lsp.json")), Some(Path::new("/p")));
        for other in ["/p/lsp.json", "/p/.specweave/config.json", "/p/.specweave/x/lsp.json"] {
            assert_eq!(project_of(Path::new(other)), None, "{other}");
        }
    }
}
