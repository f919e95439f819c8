package session

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/server/session/reply"
)

// TestErrorsAreDocumented checks that docs/errors.md has a row for every error text in the replies of the
// sessions and the server, and no others.
func TestErrorsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	answers, _, _ := strings.Cut(string(data), "\n## The config\n") // internal/errortexts checks the rest
	for line := range strings.Lines(answers) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) == 3 && strings.Trim(cells[1], "-| ") != "" && strings.Trim(cells[2], "-| ") != "" {
			if text, ok := strings.CutPrefix(cells[0], "| `"); ok {
				rows[strings.TrimSuffix(text, "`")] = true
			}
		}
	}
	texts := errorTexts(t)
	if len(texts) < 40 {
		t.Fatalf("only %d texts were found: %q", len(texts), texts)
	}
	for _, text := range texts {
		if !rows[text] {
			t.Errorf("docs/errors.md has no row for `%s`", text)
		}
		delete(rows, text)
	}
	for text := range rows {
		t.Errorf("docs/errors.md has a row for `%s`, which no code answers", text)
	}
	for code := range reply.Codes {
		if !strings.Contains(string(data), "`"+code.String()+"`") {
			t.Errorf("docs/errors.md does not explain the code %s", code)
		}
	}
}

// errorTexts are the texts in the code, with … in place of values.
func errorTexts(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"*.go", "*/*.go", "../accept.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	constants := map[string]ast.Expr{}
	var all []string
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.ValueSpec); ok {
				for i, name := range s.Names {
					if i < len(s.Values) {
						constants[name.Name] = s.Values[i]
					}
				}
			}
			return true
		})
	}
	for _, name := range []string{"tooMany", "tooManyOfYours", "protected"} {
		all = append(all, textOf(constants[name], constants))
	}
	all = append(all, textOf(constants["notSpoken"], constants)+"…")
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			all = append(all, declaredTexts(n, constants)...)
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Fail", "FailAs"}, s.Sel.Name) {
				if text := textOf(call.Args[len(call.Args)-1], constants); strings.Trim(text, "… ") != "" {
					all = append(all, text)
				}
			}
			return true
		})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// declaredTexts are the texts of a literal of reply.Error.
func declaredTexts(n ast.Node, constants map[string]ast.Expr) (all []string) {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	name, ok := lit.Type.(*ast.Ident)
	if s, of := lit.Type.(*ast.SelectorExpr); of {
		name, ok = s.Sel, true
	}
	if !ok || name.Name != "Error" {
		return nil
	}
	for _, e := range lit.Elts {
		if f, ok := e.(*ast.KeyValueExpr); ok && slices.Contains([]string{"Text", "Line"}, f.Key.(*ast.Ident).Name) {
			if text := textOf(f.Value, constants); strings.Trim(text, "… ") != "" {
				all = append(all, text)
			}
		}
	}
	return all
}

// textOf is a string expression with … in place of parts that are not constant.
func textOf(e ast.Expr, constants map[string]ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return textOf(e.X, constants) + textOf(e.Y, constants)
	case *ast.Ident:
		if c, ok := constants[e.Name]; ok {
			return textOf(c, constants)
		}
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Sprintf" {
			return strings.NewReplacer("%s", "…", "%d", "…").Replace(textOf(e.Args[0], constants))
		}
	}
	return "…"
}
