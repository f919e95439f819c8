package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// longest is the largest number of lines of a function, including its first and last.
const longest = 70

// TestFunctionsAreShort looks at each function of all modules, tests included.
func TestFunctionsAreShort(t *testing.T) {
	looked := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin" || entry.Name() == "dist" || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			looked++
			if lines := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; lines > longest {
				t.Errorf("%s: %s has %d lines, at most %d are allowed", path, f.Name.Name, lines, longest)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 1000 {
		t.Errorf("looked at %d functions only", looked)
	}
}
