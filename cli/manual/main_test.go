package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrite makes the pages of the command line and of a program that has only --help.
func TestWrite(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	folder := t.TempDir()
	other := filepath.Join(t.TempDir(), "cachegopher")
	help := "#!/bin/sh\ncat <<'E'\ncachegopher is a node.\n\nUsage: cachegopher [flags]\n\n  --config file   the config\nE\n"
	if err := os.WriteFile(other, []byte(help), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write(folder, []string{"bin/cachegopher-cli", other}); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"cachegopher-cli.1":        {"Nov 2023", "--server-id", "MGET", "Returns the values of several keys.", "exit status"},
		"cachegopher-cli-STATUS.1": {"Shows every node"},
		"cachegopher.1":            {"cachegopher - a node", "--config file   the config"},
	} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(string(data), want) && !strings.Contains(strings.ReplaceAll(string(data), `\-`, "-"), want) {
				t.Errorf("%s has no %q:\n%.3000s", name, want, data)
			}
		}
	}
	if err := write(folder, []string{filepath.Join(folder, "none")}); err == nil {
		t.Error("a program that is not there has a page")
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Log("SKIPPED: there is no groff to read the pages with")
		return
	}
	for _, page := range []string{"cachegopher-cli.1", "cachegopher.1"} {
		if out, err := exec.Command(groff, "-man", "-ww", "-z", "-Tascii", filepath.Join(folder, page)).CombinedOutput(); err != nil || strings.Contains(string(out), "error") {
			t.Errorf("%s: %v\n%s", page, err, out)
		}
	}
}
