package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// writeProxy writes what a module proxy would serve of a version of all modules, from the files that git
// knows: no nested module's files in its parent, and nothing that is ignored.
func writeProxy(root, folder, version string, modules []module) error {
	list, err := output(root, "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	if err != nil {
		return err
	}
	of := make(map[string][]string) // files by module, relative to it
	for _, f := range strings.Split(list, "\x00") {
		best := ""
		for _, m := range modules {
			if m.folder != "." && strings.HasPrefix(f, m.folder+"/") && len(m.folder) > len(best) {
				best = m.folder
			}
		}
		key := best
		if best == "" {
			key = "."
		}
		of[key] = append(of[key], strings.TrimPrefix(strings.TrimPrefix(f, best), "/"))
	}
	for _, m := range modules {
		if err := writeModule(filepath.Join(root, m.folder), filepath.Join(folder, m.path, "@v"), version, m.path, of[m.folder]); err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return nil
}

func writeModule(from, to, version, path string, files []string) (err error) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(from, "go.mod"))
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"list": []byte(version + "\n"), version + ".mod": mod,
		version + ".info": fmt.Appendf(nil, `{"Version": %q}`, version)} {
		if err := os.WriteFile(filepath.Join(to, name), data, 0o600); err != nil {
			return err
		}
	}
	f, err := os.Create(filepath.Join(to, version+".zip"))
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	defer func() { err = errors.Join(err, z.Close(), f.Close()) }()
	for _, name := range files {
		data, err := os.Open(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			return err
		}
		err = addFile(z, path+"@"+version+"/"+filepath.ToSlash(name), data)
		if err := errors.Join(err, data.Close()); err != nil {
			return err
		}
	}
	return nil
}

// addFile adds a regular file to z under name, and leaves anything else out.
func addFile(z *zip.Writer, name string, f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	w, err := z.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}
