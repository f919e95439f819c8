// Package errortexts compares docs/errors.md with the errors in the code.
package errortexts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// found is an error in the code; … stands for text that varies.
type found struct{ text, remedy string }

// source is a folder's code.
type source struct {
	files     []*ast.File
	constants map[string]string // text of each, package-wide ones and those of functions
}

func read(t *testing.T, folder string) source {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no code: %v", folder, err)
	}
	s := source{constants: map[string]string{}}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, spec := range d.Specs {
					v := spec.(*ast.ValueSpec)
					for i := range v.Values {
						if text := s.text(v.Values[i]); text != "…" {
							s.constants[v.Names[i].Name] = text
						}
					}
				}
			}
			return true
		})
	}
	return s
}

var (
	verb     = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z]`)
	ellipses = regexp.MustCompile(`…(…|[, ]*…)*`)
)

// text returns the value of an expression.
func (s source) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.ParenExpr:
		return s.text(e.X)
	case *ast.BinaryExpr:
		return ellipses.ReplaceAllString(s.text(e.X)+s.text(e.Y), "…")
	case *ast.Ident:
		if text, ok := s.constants[e.Name]; ok && e.Name != "remedy" {
			return text
		}
	case *ast.CallExpr:
		if f := calls(e); f == "fmt.Sprintf" || f == "fmt.Errorf" {
			return ellipses.ReplaceAllString(verb.ReplaceAllString(s.text(e.Args[0]), "…"), "…")
		}
	}
	return "…"
}

// calls returns the called function, as in errors.New; a method is .method.
func calls(c *ast.CallExpr) string {
	s, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := s.X.(*ast.Ident); ok && (x.Name == "fmt" || x.Name == "errors") {
		return x.Name + "." + s.Sel.Name
	}
	return "." + s.Sel.Name
}

// faults returns the config.Errors of the code, each with its remedy.
func (s source) faults() (all []found) {
	s.walk(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch f := calls(n); {
			case (f == ".add" || f == ".fault" || f == ".Fault") && len(n.Args) == 3:
				all = append(all, found{s.text(n.Args[1]), s.text(n.Args[2])})
			}
		case *ast.CompositeLit:
			var e found
			for _, field := range n.Elts {
				if kv, ok := field.(*ast.KeyValueExpr); ok {
					switch name, _ := kv.Key.(*ast.Ident); {
					case name != nil && name.Name == "What":
						e.text = s.text(kv.Value)
					case name != nil && name.Name == "Remedy":
						e.remedy = s.text(kv.Value)
					}
				}
			}
			all = append(all, e)
		}
	})
	return all
}

// errors returns the errors that errors.New and fmt.Errorf make.
func (s source) errors() (all []found) {
	s.walk(func(n ast.Node) {
		if c, ok := n.(*ast.CallExpr); ok && len(c.Args) > 0 {
			switch calls(c) {
			case "errors.New":
				all = append(all, found{text: s.text(c.Args[0])})
			case "fmt.Errorf":
				all = append(all, found{text: s.text(c)})
			}
		}
	})
	return all
}

func (s source) walk(visit func(ast.Node)) {
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool { visit(n); return true })
	}
}
