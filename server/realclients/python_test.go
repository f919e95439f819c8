package realclients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// pythonPackages are Debian's packages of redis-py, at the version of Debian 12, and of what it needs.
var pythonPackages = []string{"python3-redis=4.3.4-3", "python3-async-timeout", "python3-deprecated", "python3-wrapt", "python3-packaging"}

// pythonClients unpacks redis-py, unless the system has it.
func pythonClients(t *testing.T) (func(client, port string) *exec.Cmd, error) {
	const python = "/usr/bin/python3" // the one that Debian's packages are for
	script, err := filepath.Abs("testdata/python/cluster.py")
	if err != nil {
		return nil, err
	}
	env := os.Environ()
	start := func(args ...string) *exec.Cmd {
		cmd := exec.Command(python, args...)
		cmd.Env = env
		return cmd
	}
	const test = "import redis.cluster; print(redis.__version__)"
	out, err := start("-c", test).CombinedOutput()
	if err != nil {
		root, err := debian(pythonPackages...)
		if err != nil {
			return nil, err
		}
		env = append(env, "PYTHONPATH="+filepath.Join(root, "usr/lib/python3/dist-packages"))
		if out, err = start("-c", test).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("redis-py does not start: %w: %s", err, lastLine(string(out)))
		}
	}
	t.Logf("redis-py %s", out)
	return func(client, port string) *exec.Cmd { return start(script, client, port) }, nil
}

// debian downloads Debian packages and unpacks them in a folder, which it returns. It installs nothing.
func debian(packages ...string) (root string, err error) {
	folder, err := os.MkdirTemp(installed, "debian")
	if err != nil {
		return "", err
	}
	if out, err := in(folder, time.Minute, "apt-get", append([]string{"download", "-q"}, packages...)...); err != nil {
		return "", fmt.Errorf("downloading Debian's packages: %w: %s", err, lastLine(out))
	}
	debs, err := filepath.Glob(filepath.Join(folder, "*.deb"))
	if err != nil {
		return "", err
	}
	root = filepath.Join(folder, "root")
	for _, deb := range debs {
		if out, err := in(folder, time.Minute, "dpkg", "-x", deb, root); err != nil {
			return "", fmt.Errorf("unpacking %s: %w: %s", filepath.Base(deb), err, lastLine(out))
		}
	}
	return root, nil
}
