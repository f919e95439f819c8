package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	maxFile        = 16 << 20 // bytes; 1,000 groups of three take under 1 MB
	resolveTimeout = 5 * time.Second
)

// Load reads and checks the config at path, looks up the host names in it, and fills in the defaults.
// Faults of the file are returned as Errors, a file that cannot be read as an *Error.
func Load(path string) (*File, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	if err := f.Resolve(ctx, net.DefaultResolver); err != nil {
		return nil, err
	}
	return f, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(data) > maxFile {
		return nil, &Error{File: path, What: fmt.Sprintf("the file is larger than %d bytes", maxFile), Remedy: "is it a config?"}
	}
	return data, nil
}

func unreadable(path string, err error) *Error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{File: path, What: "cannot read the config: " + err.Error(), Remedy: "give the path of a config with --config"}
	}
	return &Error{File: path, What: "cannot read the config: " + err.Error(), Remedy: "give a file that the node may read"}
}

// Parse reads and checks a config given as JSON and fills in the defaults. It does not look up host
// names. name stands for the file in errors. Faults are returned as Errors.
func Parse(name string, data []byte) (*File, error) {
	root, fault := parse(data)
	if fault != nil {
		fault.File = name
		return nil, Errors{fault}
	}
	f := &File{Path: name, lines: map[string]int{"": root.line}}
	found := &faults{file: name, lines: f.lines}
	slices.SortStableFunc(root.members, func(a, b member) int { return cmp.Compare(rank(a), rank(b)) })
	f.keys().readObject(found, "", root)
	f.EnsureDefaults()
	f.validate(found)
	if err := found.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// rank sorts "servers" behind "common", from which each server starts.
func rank(m member) int {
	if m.name == "servers" {
		return 1
	}
	return 0
}

// Find looks for a config in the usual folders: the working folder, the binary's folder, and
// /etc/cachegopher.
func Find() (path string, ok bool) {
	for _, folder := range Folders() {
		path := filepath.Join(folder, FileName)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, true // a config that cannot be read is a fault to report, not to skip
		}
	}
	return "", false
}

// Folders lists where Find looks, in order.
func Folders() []string {
	folders := []string{"."}
	if binary, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(binary))
	}
	return append(folders, "/etc/cachegopher")
}
