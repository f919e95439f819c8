package realclients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// pythonPackages are Debian's packages of redis-py, at the version of Debian 12, and of what it needs.
var pythonPackages = []string{"python3-redis=4.3.4-3", "python3-async-timeout", "python3-deprecated", "python3-wrapt", "python3-packaging"}

// pythonClients unpacks redis-py in a new folder, unless the system has it. It skips the test where it cannot be had.
func pythonClients(t *testing.T) func(client, port string) *exec.Cmd {
	const python = "/usr/bin/python3" // the one that Debian's packages are for
	script, err := filepath.Abs("testdata/python/cluster.py")
	if err != nil {
		t.Fatal(err)
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
		folder := t.TempDir()
		if out, err := in(folder, time.Minute, "apt-get", append([]string{"download", "-q"}, pythonPackages...)...); err != nil {
			t.Skipf("SKIPPED: no redis-py here, and Debian's packages cannot be had: %v: %s", err, lastLine(out))
		}
		debs, _ := filepath.Glob(filepath.Join(folder, "*.deb"))
		for _, deb := range debs {
			if out, err := in(folder, time.Minute, "dpkg", "-x", deb, "root"); err != nil {
				t.Skipf("SKIPPED: redis-py cannot be unpacked: %v: %s", err, lastLine(out))
			}
		}
		env = append(env, "PYTHONPATH="+filepath.Join(folder, "root/usr/lib/python3/dist-packages"))
		if out, err = start("-c", test).CombinedOutput(); err != nil {
			t.Skipf("SKIPPED: redis-py does not start: %v: %s", err, lastLine(string(out)))
		}
	}
	t.Logf("redis-py %s", out)
	return func(client, port string) *exec.Cmd { return start(script, client, port) }
}
