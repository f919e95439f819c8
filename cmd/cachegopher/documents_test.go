package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/redistest"
)

// documents returns the documents of a folder: *.md and docs/*.md.
func documents(t *testing.T, folder string) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) < 12 {
		t.Fatalf("only %d documents: %v", len(paths), paths)
	}
	return paths
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mention = regexp.MustCompile(`\bdocs/[a-z]+\.md\b|\b(?:deploy|bench|cli|internal|server|client|cmd|lru|replica|ring)/[a-zA-Z0-9_./-]*[a-zA-Z0-9_]`)
	target  = regexp.MustCompile("`make ([a-z-]+)")
)

// TestLinks checks that links between the project's files, and the files and make targets that documents mention, exist.
// Links to elsewhere must be https.
func TestLinks(t *testing.T) {
	const root = "../.."
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range documents(t, root) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		exists := func(what, file string) {
			seen++
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %s is not there", path, what)
			}
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if u, err := url.Parse(m[1]); err != nil || u.Scheme != "" && u.Scheme != "https" {
				t.Errorf("%s: %s is not a link", path, m[1])
			} else if u.Scheme == "" && u.Path != "" {
				exists(m[1], filepath.Join(filepath.Dir(path), u.Path))
			}
		}
		for _, name := range mention.FindAllString(string(data), -1) {
			exists(name, filepath.Join(root, name))
		}
		for _, m := range target.FindAllStringSubmatch(string(data), -1) {
			if filepath.Base(path) == "errors.md" {
				break // these are errors, such as `make the store`
			}
			seen++
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
				t.Errorf("%s: there is no `make %s`", path, m[1])
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d links and names were checked", seen)
	}
}

// elsewhere lists the documents whose shell commands another test runs, and compares their output.
var elsewhere = []string{"README.md", "cli.md"}

// TestShellCommands runs the shell commands of all other documents, shortened, and checks their exit status.
func TestShellCommands(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: starting programs with the race detector in them takes long; it runs without")
	}
	t.Parallel()
	folder := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(folder, "bin")+"/", "./cmd/...")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write(t, folder, "password.txt", "hunter2\n")
	node := start(t)
	redis := node.address
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Log("SKIPPED: redis-server is not installed: commands for one that runs are for a node")
	} else {
		port := freePort(t)
		redistest.Start(t, "--bind", "127.0.0.1", "--port", port)
		redis = "127.0.0.1:" + port
	}
	here := strings.NewReplacer("127.0.0.1:6379", redis, "127.0.0.1:31337", node.address, "p99=1ms", "p99=5s", // the machine may be busy
		"bench run ", "bench run --keys 1000 --duration 1s --rounds 1 --warmup 0s --allow-missed-rate ")
	runStep(t, folder, here, "bin/cachegopher-bench run redis://127.0.0.1:6379 --json before.json --yes && cp before.json after.json")
	seen := 0
	for _, path := range documents(t, filepath.Join("..", "..")) {
		if slices.Contains(elsewhere, filepath.Base(path)) {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps(t, string(data)) {
			runStep(t, folder, here, s.command)
			seen++
		}
	}
	if seen < 5 {
		t.Errorf("only %d commands were run", seen)
	}
}

// runStep runs a command with the test's programs and servers instead of the machine's.
func runStep(t *testing.T, folder string, here *strings.Replacer, command string) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil && strings.Contains(command, "redis-server") {
		t.Logf("SKIPPED: %s: redis-server is not installed", command)
		return
	}
	command = here.Replace(command)
	began := time.Now()
	shell(t, folder, step{command: "export PATH=$PWD/bin:$PATH; " + command})
	t.Logf("%v: %s", time.Since(began).Round(time.Millisecond), command)
}
