// Package wholefile replaces files atomically: a reader finds either the old content or all of the new. The new content is
// written to a temporary file in the same folder, which is then renamed.
//
// Only a regular file, or a path without a file, is replaced. A device, FIFO or socket is written to in place. A symbolic
// link stays, and the file that it points to is replaced.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// File is a file that is being written. End it with Commit or Abort.
type File struct {
	*os.File
	target string // what Commit renames the file to; empty: it is written in place
}

// Create begins to write path. A new file gets mode, a replaced one keeps its mode and, if possible, its owner. Opening a
// FIFO waits for a reader.
func Create(path string, mode fs.FileMode) (*File, error) {
	target, info, err := resolve(path)
	if err != nil {
		return nil, err
	}
	if target == "" {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &File{File: f}, err
	}
	f, err := os.CreateTemp(filepath.Dir(target), filepath.Base(target)+partSuffix)
	if err != nil {
		return nil, err
	}
	w := &File{File: f, target: target}
	if info != nil {
		mode = info.Mode().Perm()
		chown(f, info) // before Chmod, since it clears bits of the mode
	}
	if err := f.Chmod(mode); err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	return w, nil
}

// partSuffix is appended to a file's name for the temporary one; * stands for random digits.
const partSuffix = ".part-*"

// Parts returns a pattern for filepath.Glob that the temporary files of path match, which a killed process may leave. path
// must not be a symbolic link.
func Parts(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path) + partSuffix
}

// InPlace reports whether writes reach the file at once, because it is not a regular file.
func (f *File) InPlace() bool { return f.target == "" }

// Commit flushes the new content to disk and replaces the file, also on disk. After an error it has aborted, unless the error
// says otherwise.
func (f *File) Commit() error {
	if f.InPlace() {
		return f.Close()
	}
	err := f.Sync()
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = replaceable(f.target) // it may have changed since Create
	}
	if err == nil {
		err = os.Rename(f.Name(), f.target)
	}
	if err != nil {
		return errors.Join(err, f.Abort())
	}
	return syncFolder(filepath.Dir(f.target))
}

// syncFolder makes a rename in folder survive a crash of the machine.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return nil // a folder that may be written but not read: the rename is done all the same
	}
	defer d.Close() //nolint:errcheck // only read
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("the file is replaced, but a crash of the machine may undo that: %w", err)
	}
	return nil
}

// Abort discards the new content. What was written in place stays.
func (f *File) Abort() error {
	f.Close() //nolint:errcheck // it may be closed already
	if f.InPlace() {
		return nil
	}
	return os.Remove(f.Name())
}

// Write replaces the content of path with data, as Create and Commit do.
func Write(path string, data []byte, mode fs.FileMode) error {
	f, err := Create(path, mode)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}

// Check returns the error that Create would return. It changes nothing, and opens only regular files.
func Check(path string) error {
	if target, _, err := resolve(path); err != nil || target == "" {
		return err
	}
	f, err := Create(path, 0o600)
	if err != nil {
		return err
	}
	return f.Abort()
}

// maxLinks bounds the symbolic links that are followed, as in Linux.
const maxLinks = 40

// resolve returns the path of the regular file that path leads to, with nil info if it does not exist. target is empty if
// path leads to a file that must be written in place.
func resolve(path string) (target string, info fs.FileInfo, err error) {
	info, err = os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info = nil
	case err != nil:
		return "", nil, err
	case info.IsDir():
		return "", nil, &fs.PathError{Op: "write", Path: path, Err: errors.New("is a directory")}
	case !info.Mode().IsRegular():
		return "", info, nil
	}
	target = path
	for range maxLinks {
		link, err := os.Readlink(target)
		if err != nil { // not a link
			return target, info, nil
		}
		if strings.HasPrefix(target, "/proc/") {
			return "", info, nil // an open file, such as /dev/stdout, which would keep the old content
		}
		if !filepath.IsAbs(link) {
			// Not filepath.Join: it removes "a/..", which is wrong if a is a link.
			link = filepath.Dir(target) + string(filepath.Separator) + link
		}
		target = link
	}
	return "", nil, fmt.Errorf("%s: more than %d symbolic links", path, maxLinks)
}

// replaceable returns an error if a rename would destroy something that is not a regular file.
func replaceable(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%s has become something that is not a regular file", path)
	}
	return err
}
