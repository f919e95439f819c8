package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMakeGoesOn runs make with a go that always fails: every step of a target is tried, those that failed are named at
// the end, and make fails.
func TestMakeGoesOn(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("SKIPPED: make is not installed")
	}
	for _, c := range []struct {
		args   []string
		failed []string
	}{
		{[]string{"test", "NESTED=./client ./bench"}, []string{
			"false vet -tags poll_opt ./...", "false test -vet=off", "in ./client false vet", "in ./client false test", "in ./bench false vet", "in ./bench false test"}},
		{[]string{"race"}, []string{"false test -race", "false test -tags lruguard"}},
		{[]string{"lint"}, []string{"false vet", "env GOOS=darwin", "false tool -modfile=tools/go.mod staticcheck"}},
		{[]string{"fuzz", "FUZZTIME=1x"}, []string{"fuzz client Fuzz", "fuzz internal/config Fuzz", "fuzz replica Fuzz"}},
	} {
		cmd := exec.Command("make", append(c.args, "GO=false")...)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKEOVERRIDES=") // of the make that runs this test
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("make %s: succeeds although everything fails", c.args)
		}
		var named []string
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "FAILED: ") || strings.HasSuffix(line, " FAILED\n") {
				named = append(named, line)
			}
		}
		for _, want := range c.failed {
			if !strings.Contains(strings.Join(named, ""), want) {
				t.Errorf("make %s does not name %q: %s", c.args, want, out)
			}
		}
	}
}
