//! Whether there is a folder in a folder.

use std::io;
use std::path::Path;

/// The standard library asks for hundreds of entries at a time, and here the first one is nearly always enough.
#[cfg(unix)]
pub fn has_folder(folder: &Path) -> io::Result<bool> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use rustix::fs::{Dir, FileType, Mode, OFlags, open};

    let opened = open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let is_folder = |name: &[u8], kind: FileType| match kind {
        _ if matches!(name, b"." | b"..") => false,
        // Not every file system tells it here.
        FileType::Unknown => folder.join(OsStr::from_bytes(name)).symlink_metadata().is_ok_and(|it| it.is_dir()),
        kind => kind == FileType::Directory,
    };
    Ok(Dir::new(opened)?.flatten().any(|entry| is_folder(entry.file_name().to_bytes(), entry.file_type())))
}

#[cfg(not(unix))]
pub fn has_folder(folder: &Path) -> io::Result<bool> {
    Ok(std::fs::read_dir(folder)?.flatten().any(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_nothing_else() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path();
        assert!(!has_folder(folder).unwrap());
        (0..500).for_each(|number| std::fs::write(folder.join(number.to_string()), "").unwrap());
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", folder.join("link")).unwrap();
        assert!(!has_folder(folder).unwrap());
        std::fs::create_dir(folder.join(".hidden")).unwrap();
        assert!(has_folder(folder).unwrap());
        assert_eq!(has_folder(&folder.join("nothing")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(has_folder(&folder.join("1")).is_err(), "a file");
    }
}
