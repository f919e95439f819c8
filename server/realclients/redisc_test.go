package realclients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// rediscPackages are Debian's packages of redisc, the cluster client on redigo. The module proxy has no version of it.
var rediscPackages = []string{"golang-github-mna-redisc-dev", "golang-github-gomodule-redigo-dev"}

// rediscClients compiles testdata/redisc with the packages' sources, which lie as GOPATH has them.
func rediscClients(t *testing.T) (func(client, port string) *exec.Cmd, error) {
	root, err := debian(rediscPackages...)
	if err != nil {
		return nil, err
	}
	source, err := filepath.Abs("testdata/redisc/main.go")
	if err != nil {
		return nil, err
	}
	program := filepath.Join(root, "redisc")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, source)
	build.Env = append(os.Environ(), "GO111MODULE=off", "GOFLAGS=", "GOPATH="+filepath.Join(root, "usr/share/gocode"))
	build.WaitDelay = time.Second
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling redisc: %w: %s", err, lastLine(string(out)))
	}
	return func(client, port string) *exec.Cmd { return exec.Command(program, client, port) }, nil
}
