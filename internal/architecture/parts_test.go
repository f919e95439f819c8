// Package architecture tests the structure of the project: that imports point down the list of parts in
// docs/architecture.md, that libraries usable alone import nothing of the project, and that functions stay short. The
// drawing of the parts in that document is generated from the imports:
//
//	go test ./internal/architecture -update
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

const (
	module   = "github.com/cachegopher/cachegopher"
	root     = "../.."
	document = root + "/docs/architecture.md"
)

// pkg is a package as go list reports it: its path below the module's, and its imports outside tests.
type pkg struct {
	path    string
	imports []string
}

// packages lists the main module's packages that have code outside tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,GoFiles", "./...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for decoder := json.NewDecoder(out); ; {
		var p struct {
			ImportPath       string
			Imports, GoFiles []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("reading what go list printed: %v", err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, pkg{path: strings.TrimPrefix(p.ImportPath, module+"/"), imports: p.Imports})
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list: %v", err)
	}
	return all
}

// inProject returns the imports that are packages of this module, below its path.
func (p pkg) inProject() (paths []string) {
	for _, i := range p.imports {
		if path, ok := strings.CutPrefix(i, module+"/"); ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// part is one line of the document's list: packages that are explained together. A package belongs to the part with
// the longest path that is the package's own or a parent's.
type part struct {
	name  string
	paths []string
}

var listBlock = regexp.MustCompile("(?s)<!-- parts -->\n```\n(.*?)```")

// parts reads the document's list. A line that begins with a space continues the one above.
func parts(t *testing.T) []part {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	block := listBlock.FindSubmatch(text)
	if block == nil {
		t.Fatalf("%s has no list of parts", document)
	}
	var all []part
	for _, line := range strings.Split(strings.TrimRight(string(block[1]), "\n"), "\n") {
		if line == "" || line[0] == ' ' {
			continue
		}
		names, _, _ := strings.Cut(line, "  ")
		paths := strings.Split(names, ", ")
		all = append(all, part{name: paths[0], paths: paths})
	}
	return all
}

// partOf returns the index of the part that a package belongs to, or -1.
func partOf(all []part, path string) int {
	best, length := -1, 0
	for i, p := range all {
		for _, prefix := range p.paths {
			if (path == prefix || strings.HasPrefix(path, prefix+"/")) && len(prefix) > length {
				best, length = i, len(prefix)
			}
		}
	}
	return best
}
