// Package wholefile writes files so that a reader finds either what a file held before or all of what is new. The new
// content is written beside the file and renamed onto it.
//
// Only a regular file, or a name that is not taken, is renamed onto. A device, FIFO or socket is written to as it is, and
// a symbolic link is followed: it stays, and the file that it names is replaced.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is a file that is being written. End it with Commit or Abort.
type File struct {
	*os.File
	target string // what Commit renames the file to; empty: it is written in place
}

// Create begins to write path. A file that is new gets mode; one that is replaced keeps the mode it has. Opening a FIFO
// waits for a reader.
func Create(path string, mode fs.FileMode) (*File, error) {
	target, info, err := resolve(path)
	if err != nil {
		return nil, err
	}
	if target == "" {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &File{File: f}, err
	}
	f, err := os.CreateTemp(filepath.Dir(target), filepath.Base(target)+".part-*")
	if err != nil {
		return nil, err
	}
	w := &File{File: f, target: target}
	if info != nil {
		mode = info.Mode().Perm()
		chown(f, info) // before the mode, since it clears bits of it
	}
	if err := f.Chmod(mode); err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	return w, nil
}

// InPlace says whether what is written reaches the file at once, because it is not a regular one.
func (f *File) InPlace() bool { return f.target == "" }

// Commit puts the file where it belongs once the disk has all of it. The file is aborted when that fails.
func (f *File) Commit() error {
	if f.InPlace() {
		return f.Close()
	}
	err := f.Sync()
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = replaceable(f.target) // it may have been replaced meanwhile
	}
	if err == nil {
		err = os.Rename(f.Name(), f.target)
	}
	if err != nil {
		return errors.Join(err, f.Abort())
	}
	return nil
}

// Abort leaves the file as it was before Create. What was written in place stays.
func (f *File) Abort() error {
	f.Close() //nolint:errcheck // it may be closed already, and is of no use in any case
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

// Check says whether Create would fail. It changes nothing, and does not open what is not a regular file.
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

// maxLinks is how many symbolic links lead to a file at most, as Linux has it.
const maxLinks = 40

// resolve finds the regular file that path names, which need not be there: info is then nil. target is empty when path
// names something else that can be written to.
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
		if err != nil { // it is no link
			return target, info, nil
		}
		if strings.HasPrefix(target, "/proc/") {
			return "", info, nil // an open file, such as /dev/stdout: whoever has it open would miss what is renamed
		}
		if !filepath.IsAbs(link) {
			// Not filepath.Join, which takes "a/.." away although a may be a link itself.
			link = filepath.Dir(target) + string(filepath.Separator) + link
		}
		target = link
	}
	return "", nil, fmt.Errorf("%s: more than %d symbolic links", path, maxLinks)
}

// replaceable refuses what a rename would destroy.
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
