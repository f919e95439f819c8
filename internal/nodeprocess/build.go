package nodeprocess

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// mainModule is the module that holds the node's program.
const mainModule = "github.com/cachegopher/cachegopher"

// program is the node's program. It is built for the first group and removed after the last one.
type program struct {
	mu     sync.Mutex
	users  int
	folder string
}

var node program

// acquire returns the path of the program. Each call wants one of release.
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
	return filepath.Join(p.folder, "cachegopher"), nil
}

func (p *program) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users--; p.users == 0 {
		os.RemoveAll(p.folder) //nolint:errcheck // a temporary folder
	}
}

// build compiles the program in the folder of the main module, which is not the module under test when that
// is a nested one.
func build() (folder string, err error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", mainModule)
	list.Stderr = os.Stderr
	root, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("finding module %s: %w", mainModule, err)
	}
	if folder, err = os.MkdirTemp("", "cachegopher-node"); err != nil {
		return "", err
	}
	compile := exec.Command("go", "build", "-trimpath", "-tags", "poll_opt", "-o", folder+string(filepath.Separator), "./cmd/cachegopher")
	compile.Dir = strings.TrimSpace(string(root))
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := compile.CombinedOutput(); err != nil {
		os.RemoveAll(folder) //nolint:errcheck // a temporary folder
		return "", fmt.Errorf("building the node: %w\n%s", err, out)
	}
	return folder, nil
}
