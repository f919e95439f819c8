package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// otherPorts sets free ports in the example config of a clone, and returns a replacer that sets them in a document.
func otherPorts(t *testing.T, folder string) *strings.Replacer {
	t.Helper()
	example := filepath.Join(folder, "deploy", "cacheGopherConfig.json")
	config, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, m := range regexp.MustCompile(`localhost:(\d+)`).FindAllStringSubmatch(string(config), -1) {
		pairs = append(pairs, m[1], freePort(t))
	}
	if len(pairs) != 2*6 || pairs[0] != "31337" {
		t.Fatalf("the example has other ports than expected: %v", pairs)
	}
	here := strings.NewReplacer(pairs...)
	write(t, filepath.Dir(example), filepath.Base(example), here.Replace(string(config)))
	return here
}

// saveProgram saves the Go program of a document as hello/main.go, as README.md says.
func saveProgram(t *testing.T, folder, document string) {
	t.Helper()
	programs := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(document, -1)
	if len(programs) != 1 || !strings.Contains(document, "`hello/main.go`") {
		t.Fatalf("README.md has %d Go programs, want the one that it saves as hello/main.go", len(programs))
	}
	hello := filepath.Join(folder, "hello")
	if err := os.Mkdir(hello, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, hello, "main.go", programs[0][1])
}

// makeAll runs make, which must name what it compiles: from empty caches that takes minutes.
func makeAll(t *testing.T, folder string) {
	t.Helper()
	// A package that is in no build cache.
	write(t, filepath.Join(folder, "cmd", "cachegopher"), "fresh.go", "package main\n\nconst _ = `"+folder+"`\n")
	c := exec.Command("make")
	c.Dir = folder
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	for _, want := range []string{"1/2 downloading", "2/2 compiling", "\ngithub.com/cachegopher/cachegopher/cmd/cachegopher\n", "built: bin/cachegopher "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("make does not say %q:\n%s", want, out)
		}
	}
}

// makeRun runs make run, which starts one node without a group.
func makeRun(t *testing.T, folder string, here *strings.Replacer) *daemon {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join(folder, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder, "Makefile", here.Replace(string(makefile)))
	node := launch(t, folder, "make", "run")
	node.serving()
	if log := node.stdout.String(); regexp.MustCompile(`WARN|ERROR|cannot reach|EMPTY`).MatchString(log) || !strings.Contains(log, "standalone") {
		t.Errorf("make run does not start a quiet node of its own:\n%s", log)
	}
	return node
}

// startSix starts the nodes of the example.
func startSix(t *testing.T, folder string, s step) {
	t.Helper()
	six := launch(t, folder, "/bin/sh", "-c", s.command+"; wait")
	six.eventually("six nodes that serve", func() bool {
		return strings.Count(six.stdout.String(), "Ready to accept connections") == 6
	})
}

// interrupt ends make run as Ctrl-C does.
func interrupt(t *testing.T, node *daemon) {
	t.Helper()
	if node == nil {
		t.Fatal("nothing runs that could be stopped")
	}
	if err := syscall.Kill(-node.PID(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	node.ended(patience)
	if !strings.Contains(node.stdout.String(), "INFO stopped") {
		t.Error("the node did not stop well")
	}
}
