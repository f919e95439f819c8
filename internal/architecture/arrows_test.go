package architecture

import (
	"slices"
	"strings"
	"testing"
)

// alone are the parts that import nothing of the project but their own packages.
var alone = []string{"lru", "ring", "internal/wire", "bench/trace"}

// TestArrowsPointDown checks that each package is in the list of parts, and imports only its own part and those below.
func TestArrowsPointDown(t *testing.T) {
	all := parts(t)
	for _, p := range packages(t) {
		from := partOf(all, p.path)
		if from < 0 {
			t.Errorf("package %s is in no part; add it to the list in docs/architecture.md", p.path)
			continue
		}
		for _, path := range p.inProject() {
			switch to := partOf(all, path); {
			case to < 0: // reported where the loop comes to that package
			case to < from:
				t.Errorf("%s imports %s: an arrow up, from part %s to part %s", p.path, path, all[from].name, all[to].name)
			case to > from && slices.Contains(alone, all[from].name):
				t.Errorf("%s imports %s, but %s stands alone", p.path, path, all[from].name)
			}
		}
	}
}

// only maps libraries to the one package that may import them.
var only = map[string]string{
	"github.com/panjf2000/gnet/v2":  "server/reactor",
	"go.etcd.io/etcd/client/v3":     "internal/coordination",
	"github.com/klauspost/compress": "bench/trace",
	"github.com/ulikunitz/xz":       "bench/trace",
}

// TestLibraryHasOneUser checks that no package but its keeper imports a library of only.
func TestLibraryHasOneUser(t *testing.T) {
	used := map[string]bool{}
	for _, p := range packages(t) {
		for _, i := range p.imports {
			for library, keeper := range only {
				if i != library && !strings.HasPrefix(i, library+"/") {
					continue
				}
				used[library] = true
				if p.path != keeper && !strings.HasPrefix(p.path, keeper+"/") {
					t.Errorf("%s imports %s, which only %s may", p.path, i, keeper)
				}
			}
		}
	}
	for library := range only {
		if !used[library] {
			t.Errorf("nothing imports %s; remove it from this test", library)
		}
	}
}
