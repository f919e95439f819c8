package lru

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestParts checks that the parts of a shard know of each other what they are meant to: the index and the order know
// memory, and memory knows nothing of the project; all know the layout of files. The order also knows the list
// of policies.
func TestParts(t *testing.T) {
	const project = "github.com/cachegopher/cachegopher/"
	memory, region := project+"lru/internal/memory", project+"lru/internal/region"
	for part, allowed := range map[string][]string{"region": nil, "memory": {region}, "index": {memory, region}, "order": {memory, region, project + "lru/policy"}} {
		files, err := filepath.Glob(filepath.Join("internal", part, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", part, len(files), err)
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				path := strings.Trim(i.Path.Value, `"`)
				if strings.HasPrefix(path, project) && !slices.Contains(allowed, path) {
					t.Errorf("%s imports %s", name, path)
				}
			}
		}
	}
}
