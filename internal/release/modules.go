package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// module is a Go module of the repository.
type module struct {
	path     string
	folder   string // relative to the repository's; "." is the main one
	requires []string
}

// public reports whether others can import a package of the module.
func (m module) public() bool {
	if m.folder == "." {
		return true
	}
	parts := strings.Split(filepath.ToSlash(m.folder), "/")
	return parts[0] == "client" && !slices.Contains(parts, "internal")
}

// tag returns the name of a version of the module for git and the go command.
func (m module) tag(version string) string {
	if m.folder == "." {
		return version
	}
	return filepath.ToSlash(m.folder) + "/" + version
}

// findModules returns all modules that git knows, the main one first.
func findModules(root string) ([]module, error) {
	list, err := output(root, "git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "go.mod", "*/go.mod")
	if err != nil {
		return nil, err
	}
	files := strings.Fields(list)
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Dir(a), filepath.Dir(b)) })
	var all []module
	for _, f := range files {
		text, err := output(root, "go", "mod", "edit", "-json", f)
		if err != nil {
			return nil, err
		}
		var parsed struct {
			Module  struct{ Path string }
			Require []struct{ Path string }
		}
		if err := json.Unmarshal([]byte(text), &parsed); err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		m := module{path: parsed.Module.Path, folder: filepath.Dir(f)}
		for _, r := range parsed.Require {
			m.requires = append(m.requires, r.Path)
		}
		all = append(all, m)
	}
	return all, nil
}
