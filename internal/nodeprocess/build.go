package nodeprocess

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// mainModule is the module that holds the node's program.
const mainModule = "github.com/cachegopher/cachegopher"

// program is the node's program. It is built for the first group and removed after the last one.
type program struct {
	mu     sync.Mutex
	users  int
	folder *Scratch
}

var node program

// acquire returns the path of the program. Each call must be followed by one of release.
func (p *program) acquire() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users == 0 {
		folder, err := build()
		if err != nil {
			return "", err
		}
		p.folder = folder
	}
	p.users++
	return filepath.Join(p.folder.Path, "cachegopher"), nil
}

func (p *program) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users--; p.users == 0 {
		p.folder.Remove() //nolint:errcheck // a temporary folder
	}
}

// build compiles the program.
func build() (folder *Scratch, err error) {
	if folder, err = NewScratch("cachegopher-node"); err != nil {
		return nil, err
	}
	if err := Build(filepath.Join(folder.Path, "cachegopher"), ".", "./cmd/cachegopher", "-tags", "poll_opt"); err != nil {
		folder.Remove() //nolint:errcheck // a temporary folder
		return nil, err
	}
	return folder, nil
}

// Build compiles a program of this project to the file out, with further flags of go build. folder is the folder of the
// program's module, relative to the main module's. The module under test may be another, nested one.
func Build(out, folder, pkg string, flags ...string) error {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", mainModule)
	list.Stderr = os.Stderr
	root, err := list.Output()
	if err != nil {
		return fmt.Errorf("finding module %s: %w", mainModule, err)
	}
	compile := exec.Command("go", slices.Concat([]string{"build", "-trimpath", "-o", out}, flags, []string{pkg})...)
	compile.Dir = filepath.Join(strings.TrimSpace(string(root)), folder)
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if said, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s in %s: %w\n%s", pkg, compile.Dir, err, said)
	}
	return nil
}
